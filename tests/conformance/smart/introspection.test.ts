/** SMART App Launch 2.2, section 5: Token Introspection (RFC 7662). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA } from '../../setup/identity-world.ts';
import {
  basic,
  CONFIDENTIAL,
  fetchTokens,
  PUBLIC,
  post,
  registerApps,
  SECRET,
  type Tokens,
} from '../protocol.ts';

let world: IdentityWorld;
let tokens: Tokens;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
  tokens = await fetchTokens(
    world,
    { ...RIVERA, patient: ADA.patient },
    { scope: 'openid fhirUser launch/patient patient/*.rs offline_access' },
  );
});
afterAll(() => world?.close());

const introspect = (token: string, headers = basic(CONFIDENTIAL, SECRET)) =>
  post(world, 'introspect', { token }, headers);

test('5 Required fields: active, scope, client_id and exp', async () => {
  const { status, body } = await introspect(tokens.access_token);
  expect(status).toBe(200);
  expect(body).toMatchObject({ active: true, scope: tokens.scope, client_id: PUBLIC });
  expect(body.exp).toBeGreaterThan(Date.now() / 1000);
});

test('5 Conditional fields: the launch context, as it was in the reply of the token', async () => {
  expect((await introspect(tokens.access_token)).body.patient).toBe(String(ADA.patient));
});

test('5 Conditional fields: iss and sub as in the ID token, and fhirUser', async () => {
  expect((await introspect(tokens.access_token)).body).toMatchObject({
    iss: world.issuer,
    sub: String(RIVERA.userId),
    fhirUser: `${world.fhir}/Practitioner/${RIVERA.practitioner}`,
  });
});

test('5: a refresh token can be asked about as well', async () => {
  expect((await introspect(tokens.refresh_token)).body).toMatchObject({ active: true, client_id: PUBLIC });
});

test.each(['made-up', 'eyJhbGciOiJub25lIn0.e30.'])(
  '5: of %s nothing but active: false is said',
  async (token) => {
    const { status, body } = await introspect(token);
    expect([status, body]).toEqual([200, { active: false }]);
  },
);

test('5: a token that was revoked is not active any more', async () => {
  const other = await fetchTokens(world, ADA);
  await post(world, 'revoke_token', { token: other.access_token, client_id: PUBLIC });
  expect((await introspect(other.access_token)).body).toEqual({ active: false });
});

test('5: a token of somebody who was deactivated is not active any more', async () => {
  const other = await fetchTokens(world, ADA);
  const active = (value: boolean) =>
    world.database.owner.query('update app_user set active = $1 where id = $2', [value, ADA.userId]);
  await active(false);
  try {
    expect((await introspect(other.access_token)).body).toEqual({ active: false });
  } finally {
    await active(true);
  }
});

test('5 Authorization: who asks must authenticate', async () => {
  for (const headers of [{}, basic(CONFIDENTIAL, 'wrong')]) {
    const { status, body } = await introspect(tokens.access_token, headers as never);
    expect([400, 401]).toContain(status);
    expect(body).not.toHaveProperty('active');
  }
});

test('5 Authorization: a public client, which proves nothing, may ask about its own tokens only', async () => {
  const own = await post(world, 'introspect', { token: tokens.access_token, client_id: PUBLIC });
  expect(own.body.active).toBe(true);
  await world.register({ clientId: 'suite-other', redirectUris: ['http://localhost:7126/'] });
  const other = await post(world, 'introspect', { token: tokens.access_token, client_id: 'suite-other' });
  expect(other.body).toEqual({ active: false });
});

test('5: the reply is not kept', async () => {
  expect((await introspect(tokens.access_token)).headers.get('cache-control')).toContain('no-store');
});
