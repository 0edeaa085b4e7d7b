/** SMART App Launch 2.2, section 3: Backend Services. */
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA, STRANGER } from '../../setup/identity-world.ts';
import {
  ASSERTION_TYPE,
  assertion,
  basic,
  openSigner,
  type Parameters,
  PUBLIC,
  post,
  readFhir,
  registerApps,
  SECRET,
  type Signer,
} from '../protocol.ts';

const SERVICE = 'suite-backend';

let world: IdentityWorld;
let signer: Signer;
beforeAll(async () => {
  [world, signer] = await Promise.all([openIdentityWorld(), openSigner('ES384')]);
  await registerApps(world);
  const program = {
    grantTypes: ['client_credentials'],
    defaultScopes: 'system/Patient.rs system/Observation.rs',
    ownerUserId: RIVERA.userId,
  };
  await world.register({ clientId: SERVICE, jwks: { keys: [signer.jwk] }, ...program });
  await world.register({ clientId: 'suite-backend-secret', secret: SECRET, ...program });
  await world.register({
    ...program,
    clientId: 'suite-backend-orphan',
    secret: SECRET,
    ownerUserId: undefined,
  } as never);
});
afterAll(() => world?.close());

const ask = async (changes: Parameters = {}, clientId = SERVICE) =>
  post(world, 'token', {
    grant_type: 'client_credentials',
    scope: 'system/*.rs',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await assertion(world, signer, clientId),
    ...changes,
  });

test('3 Obtain access token: the reply has access_token, token_type bearer, expires_in and scope, and is not kept', async () => {
  const { status, headers, body } = await ask();
  expect([status, body.error]).toEqual([200, undefined]);
  expect(String(body.token_type).toLowerCase()).toBe('bearer');
  expect(headers.get('cache-control')).toContain('no-store');
  expect(body.expires_in).toBeGreaterThan(0);
  expect(body.access_token).toBeTypeOf('string');
});

test('3 Obtain access token: there is no refresh token and no ID token', async () => {
  const { body } = await ask({ scope: 'openid offline_access system/*.rs' });
  expect(body).not.toHaveProperty('refresh_token');
  expect(body).not.toHaveProperty('id_token');
});

test('3 Obtain access token: it is short-lived: five minutes are recommended, an hour is the most', async () => {
  const { body } = await ask();
  expect(body.expires_in).toBeLessThanOrEqual(3600);
});

test('3 Scopes: of what is asked for only what the client is registered for is granted, and it is said', async () => {
  const { body } = await ask({ scope: 'system/*.cruds' });
  expect(String(body.scope).split(' ').sort()).toEqual(['system/Observation.rs', 'system/Patient.rs']);
});

test.each(['system/Consent.rs', 'system/Patient.cud', 'user/*.rs', 'patient/*.rs', 'nonsense/*'])(
  '3 Scopes: %s, for which it is not registered, is refused with invalid_scope and does not become everything',
  async (scope) => {
    const { status, body } = await ask({ scope });
    expect([status, body.error]).toEqual([400, 'invalid_scope']);
  },
);

test('3 Scopes: v1 is understood', async () => {
  const { body } = await ask({ scope: 'system/Patient.read' });
  expect(body.scope).toBe('system/Patient.read');
});

test('3 Access: the token reads what the person sees who answers for the client, and no more', async () => {
  const { body } = await ask();
  const token = String(body.access_token);
  expect((await readFhir(world, `Patient/${ADA.patient}`, token)).status).toBe(200);
  expect((await readFhir(world, `Patient/${STRANGER.patient}`, token)).status).toBe(404);
  expect((await readFhir(world, 'Patient', token)).body.total).toBe(1);
});

test('3 Access: a scope of one type does not reach another', async () => {
  const token = String((await ask({ scope: 'system/Patient.rs' })).body.access_token);
  expect((await readFhir(world, `Observation?patient=${ADA.patient}`, token)).status).toBe(403);
});

test('3 Access: the token names the client as its own subject', async () => {
  const claims = decodeJwt(String((await ask()).body.access_token));
  expect(claims).toMatchObject({ sub: SERVICE, client_id: SERVICE, iss: world.issuer, aud: world.fhir });
});

test('3 Access: when the person who answers for it is deactivated, its tokens end with the next request', async () => {
  const token = String((await ask()).body.access_token);
  const active = (value: boolean) =>
    world.database.owner.query('update app_user set active = $1 where id = $2', [value, RIVERA.userId]);
  await active(false);
  try {
    expect((await readFhir(world, 'Patient', token)).status).toBe(401);
    expect((await ask()).body).not.toHaveProperty('access_token');
  } finally {
    await active(true);
  }
});

test('3 Obtain access token: a client with a secret may have tokens of its own as well', async () => {
  const { status } = await post(
    world,
    'token',
    { grant_type: 'client_credentials', scope: 'system/Patient.rs' },
    basic('suite-backend-secret', SECRET),
  );
  expect(status).toBe(200);
});

test('3 Obtain access token: nobody answers for a client without an owner, so it gets none', async () => {
  const { status, body } = await post(
    world,
    'token',
    { grant_type: 'client_credentials', scope: 'system/Patient.rs' },
    basic('suite-backend-orphan', SECRET),
  );
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).not.toHaveProperty('access_token');
});

test.each([
  ['a public client', { client_id: PUBLIC, client_assertion: undefined, client_assertion_type: undefined }],
  [
    'a client that proves nothing',
    { client_id: SERVICE, client_assertion: undefined, client_assertion_type: undefined },
  ],
])('3 Obtain access token: %s gets none', async (_name, changes) => {
  const { status, body } = await ask(changes);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).not.toHaveProperty('access_token');
});

test('3 Obtain access token: a signature that is not the registered key is refused with invalid_client', async () => {
  const other = await openSigner('ES384');
  const { status, body } = await ask({
    client_assertion: await assertion(world, other, SERVICE, {}, { kid: signer.jwk.kid! }),
  });
  expect([status, body.error]).toEqual([401, 'invalid_client']);
});

test('3 Obtain access token: another grant type is refused', async () => {
  const { status, body } = await ask({ grant_type: 'password' });
  expect([status, body.error]).toEqual([400, 'unsupported_grant_type']);
});
