/** RFC 9700: authorization codes, PKCE, and the grants that are not served. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn } from '../../setup/clients.ts';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA } from '../../setup/identity-world.ts';
import { openPerson } from '../../setup/person.ts';
import {
  ask,
  authorization,
  authorize,
  basic,
  CONFIDENTIAL,
  encode,
  PUBLIC,
  post,
  readFhir,
  redeem,
  refresh,
  registerApps,
  SECRET,
} from '../protocol.ts';

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
});
afterAll(() => world?.close());

const codeOf = async (request: { url: string }) => (await authorize(request, ADA)).searchParams.get('code')!;

test.each(['token', 'id_token', 'id_token token', 'code token', 'code id_token', 'none'])(
  '2.1.2 Implicit and hybrid flows are not served: response_type=%s',
  async (response_type) => {
    const { location } = await ask(authorization(world, { response_type, nonce: 'n' }).url);
    const answer = new URLSearchParams(location?.hash.slice(1) || location?.search);
    expect(answer.get('error')).toBe('unsupported_response_type');
    expect(answer.has('access_token')).toBe(false);
  },
);

test('2.4 The password grant is not served, whoever asks', async () => {
  for (const form of [{ client_id: PUBLIC }, { client_id: CONFIDENTIAL, client_secret: SECRET }]) {
    const { status, body } = await post(world, 'token', {
      grant_type: 'password',
      username: ADA.email,
      password: ADA.password,
      ...form,
    });
    expect([status, body.error]).toEqual([400, 'unsupported_grant_type']);
  }
});

test('2.1.1 The metadata say that S256 is there, and nothing of the flows that are not served', async () => {
  const metadata = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    string[]
  >;
  expect(metadata.code_challenge_methods_supported).toEqual(['S256']);
  expect(metadata.response_types_supported).toEqual(['code']);
  for (const grant of ['password', 'implicit']) expect(metadata.grant_types_supported).not.toContain(grant);
});

test('4.5.3 Code injection: a code is of no use with the verifier of another request', async () => {
  const [victim, attacker] = [authorization(world), authorization(world)];
  const stolen = await codeOf(victim);
  const { status, body } = await redeem(world, stolen, attacker);
  expect([status, body.error]).toEqual([400, 'invalid_grant']);
});

test('4.5 A failed attempt with a stolen code does not make guessing possible: verifiers are compared as hashes', async () => {
  const request = authorization(world);
  const code = await codeOf(request);
  const challenge = createHash('sha256').update(request.verifier).digest('base64url');
  expect((await redeem(world, code, { verifier: challenge })).body.error).toBe('invalid_grant');
});

test('4.5 A code of a public client is of no use to a confidential one, and the other way round', async () => {
  const request = authorization(world);
  const code = await codeOf(request);
  const { body } = await redeem(world, code, request, { client_id: undefined }, basic(CONFIDENTIAL, SECRET));
  expect(body.error).toBe('invalid_grant');

  const other = authorization(world, { client_id: CONFIDENTIAL });
  const back = await codeOf(other);
  expect((await redeem(world, back, other)).body.error).toBe('invalid_grant');
});

test('4.8.2 PKCE downgrade: no challenge, no code; and a verifier without a challenge helps nobody', async () => {
  const { location } = await ask(
    authorization(world, { code_challenge: undefined, code_challenge_method: undefined }).url,
  );
  expect(location?.searchParams.get('error')).toBe('invalid_request');
  const request = authorization(world);
  const code = await codeOf(request);
  expect((await redeem(world, code, request, { code_verifier: undefined })).body).not.toHaveProperty(
    'access_token',
  );
});

test('H-50: the method plain is refused at the authorization endpoint', async () => {
  const { location } = await ask(
    authorization(world, { code_challenge_method: 'plain', code_challenge: 'x'.repeat(43) }).url,
  );
  expect(location?.searchParams.get('error')).toBe('invalid_request');
});

test('2.1.1, RFC 6749 4.1.2 A code that comes twice ends the tokens that it gave', async () => {
  const request = authorization(world, { scope: 'openid offline_access launch/patient patient/*.rs' });
  const code = await codeOf(request);
  const first = await redeem(world, code, request);
  const token = String(first.body.access_token);
  expect((await readFhir(world, 'Patient', token)).status).toBe(200);

  expect((await redeem(world, code, request)).body.error).toBe('invalid_grant');
  expect((await readFhir(world, 'Patient', token)).status).toBe(401);
  expect((await refresh(world, String(first.body.refresh_token))).body.error).toBe('invalid_grant');
});

test('2.1.1 Of many who send one code at the same moment one gets tokens at most', async () => {
  const request = authorization(world);
  const code = await codeOf(request);
  const replies = await Promise.all(Array.from({ length: 5 }, () => redeem(world, code, request)));
  expect(replies.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  for (const { status, body } of replies)
    if (status !== 200) expect([status, body.error]).toEqual([400, 'invalid_grant']);
});

test('4.15 A client cannot take the name of a person: client_id and sub are never confused', async () => {
  await world.register({
    clientId: String(RIVERA.userId),
    secret: SECRET,
    grantTypes: ['client_credentials'],
    defaultScopes: 'system/*.rs',
    ownerUserId: ADA.userId,
  });
  const { body } = await post(
    world,
    'token',
    { grant_type: 'client_credentials', scope: 'system/Patient.rs' },
    basic(String(RIVERA.userId), SECRET),
  );
  const token = String(body.access_token);
  // It sees what its own owner sees, not what the person of that number does.
  const profile = await fetch(`${world.site}/api/v1/users/profile`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (profile.ok) expect(((await profile.json()) as { id: number }).id).toBe(ADA.userId);
  const userinfo = await fetch(`${world.issuer}/userinfo/`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(userinfo.ok).toBe(false);
});

test('RFC 6749 5.2 Faults are JSON with an error of the closed set, and tell nothing of the inside', async () => {
  for (const form of [
    {},
    { grant_type: 'nonsense' },
    { grant_type: 'authorization_code' },
    { grant_type: 'refresh_token', refresh_token: '\u0000' },
  ]) {
    const { status, headers, body } = await post(world, 'token', { client_id: PUBLIC, ...form });
    expect([400, 401]).toContain(status);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(String(body.error)).toMatch(
      /^(invalid_(request|client|grant|scope|target)|unauthorized_client|unsupported_grant_type)$/,
    );
    expect(JSON.stringify(body)).not.toMatch(/ at |node_modules|\/src\/|select |stack/i);
  }
});

test('RFC 6749 3.2 The token endpoint takes POST alone, and nothing from the address', async () => {
  const request = authorization(world);
  const query = encode({ grant_type: 'authorization_code', code: await codeOf(request), client_id: PUBLIC });
  expect((await fetch(`${world.issuer}/token/?${query}`)).ok).toBe(false);
  expect((await fetch(`${world.issuer}/token/?${query}`, { method: 'POST' })).ok).toBe(false);
});

test.each(['state', 'nonce', 'login_hint', 'client_id'])(
  'RFC 6749 4.1.2.1 A character that nobody types (NUL in %s) is a fault of the request',
  async (name) => {
    const { status, location } = await ask(authorization(world, { [name]: 'a\u0000b' }).url);
    if (location === null) expect(status).toBe(400);
    else expect(location.searchParams.get('error')).toBe('invalid_request');
  },
);

test('RFC 6749 4.1.2.1 The same in the forms of our pages and in the APIs', async () => {
  const request = authorization(world);
  const person = openPerson(RIVERA);
  const start = await person.visit(request.url);
  const page = new URL(start.headers.get('location')!, request.url);
  const answer = await person.visit(page, {
    method: 'POST',
    form: [
      ['email', 'a\u0000@example.com'],
      ['password', 'x'],
    ],
  });
  expect(answer.status).toBe(400);
  const rivera = await signIn(world.site, RIVERA.email);
  expect((await rivera.get('/api/v1/patients/global_lookup?email=%00')).status).toBe(400);
});
