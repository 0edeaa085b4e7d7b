/** SMART App Launch 2.2, section 2.1 "Use a refresh token", and the scopes that ask for one (2.2). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA } from '../../setup/identity-world.ts';
import { openPerson } from '../../setup/person.ts';
import {
  authorization,
  authorize,
  basic,
  CONFIDENTIAL,
  fetchTokens,
  post,
  readFhir,
  redeem,
  refresh,
  registerApps,
  SECRET,
} from '../protocol.ts';

const SCOPE = 'openid fhirUser offline_access launch/patient patient/Patient.rs patient/Observation.rs';

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
});
afterAll(() => world?.close());

const tokensOfAda = (scope = SCOPE) => fetchTokens(world, ADA, { scope });

test('2.1 Use a refresh token: gives a new access token with the same scopes and the same launch context', async () => {
  const before = await fetchTokens(world, { ...RIVERA, patient: ADA.patient }, { scope: SCOPE });
  const { status, headers, body } = await refresh(world, before.refresh_token);
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toContain('no-store');
  expect(body).toMatchObject({ token_type: 'Bearer', scope: before.scope, patient: String(ADA.patient) });
  expect(body.access_token).not.toBe(before.access_token);
  expect((await readFhir(world, `Patient/${ADA.patient}`, String(body.access_token))).status).toBe(200);
});

test('2.1 Use a refresh token: a public app sends the token alone, without client_id', async () => {
  const { refresh_token } = await tokensOfAda();
  const { status, body } = await refresh(world, refresh_token, { client_id: undefined });
  expect([status, body.error]).toEqual([200, undefined]);
});

test('2.1 Use a refresh token: a narrower scope may be asked for', async () => {
  const { refresh_token } = await tokensOfAda();
  const { status, body } = await refresh(world, refresh_token, { scope: 'openid patient/Patient.rs' });
  expect(status).toBe(200);
  expect(String(body.scope).split(' ').sort()).toEqual(['openid', 'patient/Patient.rs']);
  const token = String(body.access_token);
  expect((await readFhir(world, `Patient/${ADA.patient}`, token)).status).toBe(200);
  expect((await readFhir(world, `Observation?patient=${ADA.patient}`, token)).status).toBe(403);
  // Narrowing one token does not take anything from the authorization.
  const whole = await refresh(world, String(body.refresh_token));
  expect(String(whole.body.scope).split(' ')).toContain('patient/Observation.rs');
});

test.each(['patient/*.cruds', 'patient/Patient.cruds', 'user/*.rs', 'patient/Consent.rs'])(
  '2.1 Use a refresh token: %s, which was not granted, is not to be had by refreshing',
  async (scope) => {
    const { refresh_token } = await tokensOfAda();
    const { status, body } = await refresh(world, refresh_token, { scope: `openid ${scope}` });
    if (status === 200) expect(String(body.scope).split(' ')).not.toContain(scope);
    else expect([status, body.error]).toEqual([400, 'invalid_scope']);
  },
);

test('2.1 Use a refresh token: it is replaced at each use', async () => {
  const { refresh_token } = await tokensOfAda();
  const { body } = await refresh(world, refresh_token);
  expect(body.refresh_token).toBeTypeOf('string');
  expect(body.refresh_token).not.toBe(refresh_token);
});

test.each([
  ['one that nobody issued', () => 'made-up'],
  ['an access token', ({ access_token }: { access_token: string }) => access_token],
])('2.1 Use a refresh token: %s is refused with invalid_grant', async (_name, choose) => {
  const { status, body } = await refresh(world, choose(await tokensOfAda()));
  expect([status, body.error]).toEqual([400, 'invalid_grant']);
});

test('2.1 Use a refresh token: it belongs to the client that it was issued to', async () => {
  const { refresh_token } = await tokensOfAda();
  const { status, body } = await post(
    world,
    'token',
    { grant_type: 'refresh_token', refresh_token },
    basic(CONFIDENTIAL, SECRET),
  );
  expect([status, body.error]).toEqual([400, 'invalid_grant']);
});

test('2.1 Use a refresh token: a confidential client must authenticate', async () => {
  const request = authorization(world, { client_id: CONFIDENTIAL, scope: SCOPE });
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  const { body } = await redeem(world, code, request, { client_id: undefined }, basic(CONFIDENTIAL, SECRET));
  for (const clientId of [CONFIDENTIAL, undefined]) {
    const reply = await refresh(world, String(body.refresh_token), { client_id: clientId });
    expect([400, 401]).toContain(reply.status);
    expect(reply.body).not.toHaveProperty('access_token');
  }
  const good = await refresh(world, String(body.refresh_token), {
    client_id: CONFIDENTIAL,
    client_secret: SECRET,
  });
  expect(good.status).toBe(200);
});

test.each(['offline_access', 'online_access'])(
  '2.2 Scopes for requesting a refresh token: %s gives one',
  async (word) => {
    const tokens = await tokensOfAda(`openid ${word} launch/patient patient/*.rs`);
    expect(tokens.scope.split(' ')).toContain(word);
    expect((await refresh(world, tokens.refresh_token)).status).toBe(200);
  },
);

test('2.2 Scopes for requesting a refresh token: online_access ends when the person signs out', async () => {
  const request = authorization(world, { scope: 'openid online_access launch/patient patient/*.rs' });
  const person = openPerson(ADA);
  const code = (await authorize(request, ADA, person)).searchParams.get('code')!;
  const { body } = await redeem(world, code, request);
  const out = await person.visit(`${world.issuer}/logout/?id_token_hint=${body.id_token}`);
  const page = await out.text();
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
  await person.visit(`${world.issuer}/logout/confirm`, {
    method: 'POST',
    form: [
      ['xsrf', xsrf],
      ['logout', 'yes'],
    ],
  });
  const { status, body: refused } = await refresh(world, String(body.refresh_token));
  expect([status, refused.error]).toEqual([400, 'invalid_grant']);
});
