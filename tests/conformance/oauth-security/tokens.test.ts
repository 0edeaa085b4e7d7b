/** RFC 9700: refresh tokens that are stolen, access tokens and whom they are for, and tokens that belong to a key. */
import { createHash, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn } from '../../setup/clients.ts';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA } from '../../setup/identity-world.ts';
import {
  authorization,
  authorize,
  fetchTokens,
  openSigner,
  PUBLIC,
  post,
  readFhir,
  redeem,
  refresh,
  registerApps,
  type Signer,
} from '../protocol.ts';

const SCOPE = 'openid offline_access launch/patient patient/*.rs';

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
});
afterAll(() => world?.close());

const readStatus = async (token: unknown) => (await readFhir(world, 'Patient', String(token))).status;

test('4.14.2 Theft: when a used refresh token comes again, whoever has the newest loses everything that came from it', async () => {
  const stolen = await fetchTokens(world, ADA, { scope: SCOPE });
  // The thief is faster; the app comes with what it has.
  const thief = await refresh(world, stolen.refresh_token);
  expect([thief.status, await readStatus(thief.body.access_token)]).toEqual([200, 200]);
  const app = await refresh(world, stolen.refresh_token);
  expect([app.status, app.body.error]).toEqual([400, 'invalid_grant']);

  expect((await refresh(world, String(thief.body.refresh_token))).body.error).toBe('invalid_grant');
  expect(await readStatus(thief.body.access_token)).toBe(401);
  expect(await readStatus(stolen.access_token)).toBe(401);
});

test('4.14.2 Theft: the other order, where the app is first and the thief comes late, ends alike', async () => {
  const stolen = await fetchTokens(world, ADA, { scope: SCOPE });
  let newest = await refresh(world, stolen.refresh_token);
  newest = await refresh(world, String(newest.body.refresh_token));
  expect((await refresh(world, stolen.refresh_token)).body.error).toBe('invalid_grant');
  expect((await refresh(world, String(newest.body.refresh_token))).body.error).toBe('invalid_grant');
  expect(await readStatus(newest.body.access_token)).toBe(401);
});

test('4.14.2 Theft: a thief who leaves out client_id is noticed as well', async () => {
  const stolen = await fetchTokens(world, ADA, { scope: SCOPE });
  const app = await refresh(world, stolen.refresh_token);
  expect((await refresh(world, stolen.refresh_token, { client_id: undefined })).body.error).toBe(
    'invalid_grant',
  );
  expect(await readStatus(app.body.access_token)).toBe(401);
});

test('4.14.2 Other authorizations are left alone: another app, another person', async () => {
  const [stolen, other] = [
    await fetchTokens(world, ADA, { scope: SCOPE }),
    await fetchTokens(world, RIVERA, { scope: 'openid offline_access user/*.rs' }),
  ];
  await refresh(world, stolen.refresh_token);
  await refresh(world, stolen.refresh_token);
  expect(await readStatus(other.access_token)).toBe(200);
  expect((await refresh(world, other.refresh_token)).status).toBe(200);
});

test('4.14.2 A refresh token that is revoked ends its access tokens (RFC 7009, section 2.1)', async () => {
  const tokens = await fetchTokens(world, ADA, { scope: SCOPE });
  const { status } = await post(world, 'revoke_token', { token: tokens.refresh_token, client_id: PUBLIC });
  expect(status).toBe(200);
  expect((await refresh(world, tokens.refresh_token)).body.error).toBe('invalid_grant');
  expect(await readStatus(tokens.access_token)).toBe(401);
});

test('RFC 7009 2.2 Revoking what is unknown succeeds, and nobody revokes for another client', async () => {
  const tokens = await fetchTokens(world, ADA, { scope: SCOPE });
  expect((await post(world, 'revoke_token', { token: 'made-up', client_id: PUBLIC })).status).toBe(200);
  await world.register({ clientId: 'suite-else', redirectUris: ['http://localhost:7126/'] });
  for (const token of [tokens.access_token, tokens.refresh_token])
    await post(world, 'revoke_token', { token, client_id: 'suite-else' });
  expect(await readStatus(tokens.access_token)).toBe(200);
  expect((await refresh(world, tokens.refresh_token)).status).toBe(200);
});

test('2.3 An access token is for one audience, names its client and scope, and lives for an hour at most', async () => {
  const { access_token } = await fetchTokens(world, ADA, { scope: SCOPE });
  const claims = decodeJwt(access_token);
  expect(claims).toMatchObject({
    aud: world.fhir,
    iss: world.issuer,
    client_id: PUBLIC,
    sub: String(ADA.userId),
  });
  expect(claims.exp! - claims.iat!).toBeLessThanOrEqual(3600);
  // Compact enough for a cookie, and without anything about a person's health.
  expect(access_token.length).toBeLessThan(3000);
  expect(JSON.stringify(claims)).not.toMatch(/consent|example\.com|Marlow/i);
});

test.each(['https://elsewhere.example.org/', 'urn:other'])(
  '2.3 A token for another audience is not issued: resource=%s',
  async (resource) => {
    const response = await fetch(authorization(world, { resource }).url, { redirect: 'manual' });
    expect(new URL(response.headers.get('location')!).searchParams.get('error')).toBe('invalid_target');
  },
);

test('2.3 A token with fewer scopes does less, whoever the person is', async () => {
  const { access_token } = await fetchTokens(world, ADA, {
    scope: 'openid launch/patient patient/Observation.rs',
  });
  expect(await readStatus(access_token)).toBe(403);
});

test('H-12: a person who is deactivated is out with the next request, and their refresh tokens as well', async () => {
  const tokens = await fetchTokens(world, ADA, { scope: SCOPE });
  const active = (value: boolean) =>
    world.database.owner.query('update app_user set active = $1 where id = $2', [value, ADA.userId]);
  await active(false);
  try {
    expect(await readStatus(tokens.access_token)).toBe(401);
    expect((await refresh(world, tokens.refresh_token)).body).not.toHaveProperty('access_token');
  } finally {
    await active(true);
  }
});

test('4.9 Tokens of one person do not work for another: what is seen follows the token, not the request', async () => {
  const [ada, rivera] = [
    await fetchTokens(world, ADA, { scope: SCOPE }),
    await signIn(world.site, RIVERA.email),
  ];
  const own = await readFhir(world, `Patient/${ADA.patient}`, ada.access_token);
  expect(own.status).toBe(200);
  expect((await rivera.get(`/FHIR/R5/Patient/40001`)).status).toBe(404);
});

test('RFC 9068 4, RFC 8725 Tokens that we did not sign are none, whatever they say about their key', async () => {
  const { access_token: good } = await fetchTokens(world, ADA, { scope: SCOPE });
  const claims = decodeJwt(good);
  const header = decodeProtectedHeader(good);
  const { keys } = (await (await fetch(`${world.issuer}/.well-known/jwks.json`)).json()) as { keys: JWK[] };
  const published = keys.find(({ kid }) => kid === header.kid)!;
  const own = await openSigner('ES256');
  const text = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const hmac = (key: string) =>
    new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(new TextEncoder().encode(key));
  const { kty, crv, x, y } = own.jwk;
  const forged: [string, string][] = [
    ['no signature', `${text({ ...header, alg: 'none' })}.${text(claims)}.`],
    [
      'the signature of another token',
      `${text(header)}.${text({ ...claims, sub: '10001' })}.${good.split('.')[2]}`,
    ],
    ['our public key as a shared secret', await hmac(JSON.stringify(published))],
    ['a key of their own under our kid', await own.sign(claims, { typ: 'at+jwt', kid: header.kid })],
    [
      'a key of their own in the header',
      await own.sign(claims, { typ: 'at+jwt', kid: undefined, jwk: { kty, crv, x, y } }),
    ],
    [
      'a key at an address of theirs',
      await own.sign(claims, { typ: 'at+jwt', jku: 'http://localhost:7125/jwks' }),
    ],
  ];
  for (const [name, token] of forged) expect(await readStatus(token), name).toBe(401);
  expect(await readStatus(good)).toBe(200);
});

/** A proof of RFC 9449, section 4.2. */
const prove = (signer: Signer, method: string, url: string, claims: Record<string, unknown> = {}) => {
  const { kty, crv, x, y } = signer.jwk;
  return signer.sign(
    { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), ...claims },
    { typ: 'dpop+jwt', jwk: { kty, crv, x, y }, kid: undefined },
  );
};
const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');

async function boundTokens(signer: Signer) {
  const request = authorization(world, { scope: SCOPE });
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  const proof = await prove(signer, 'POST', `${world.issuer}/token/`);
  return redeem(world, code, request, {}, { dpop: proof });
}

test('2.2.1, 4.10.1 Sender-constrained tokens: a token with a key works with proofs of that key only (RFC 9449)', async () => {
  const [owner, thief] = [await openSigner('ES256'), await openSigner('ES256')];
  const { status, body } = await boundTokens(owner);
  expect([status, body.token_type]).toEqual([200, 'DPoP']);
  const token = String(body.access_token);
  const url = `${world.fhir}/Patient`;
  const call = (scheme: string, proof?: string) =>
    fetch(url, {
      headers: { authorization: `${scheme} ${token}`, ...(proof === undefined ? {} : { dpop: proof }) },
    });
  const good = await prove(owner, 'GET', url, { ath: hashOf(token) });

  expect((await call('DPoP', good)).status).toBe(200);
  const refused: [string, string, string?][] = [
    ['the same proof again', 'DPoP', good],
    ['no proof', 'DPoP'],
    ['as a bearer token', 'Bearer'],
    ['a proof of another key', 'DPoP', await prove(thief, 'GET', url, { ath: hashOf(token) })],
    ['a proof of another method', 'DPoP', await prove(owner, 'POST', url, { ath: hashOf(token) })],
    [
      'a proof of another address',
      'DPoP',
      await prove(owner, 'GET', `${world.fhir}/Observation`, { ath: hashOf(token) }),
    ],
    ['a proof of another token', 'DPoP', await prove(owner, 'GET', url, { ath: hashOf('other') })],
    ['a proof of no token', 'DPoP', await prove(owner, 'GET', url)],
    [
      'a proof of long ago',
      'DPoP',
      await prove(owner, 'GET', url, { ath: hashOf(token), iat: 1_600_000_000 }),
    ],
  ];
  for (const [name, scheme, proof] of refused) {
    const response = await call(scheme, proof);
    expect(response.status, name).toBe(401);
    expect(response.headers.get('www-authenticate'), name).toMatch(/DPoP/);
  }
});

test('2.2.2 The refresh token of a public client belongs to the key as well', async () => {
  const [owner, thief] = [await openSigner('ES256'), await openSigner('ES256')];
  const { body } = await boundTokens(owner);
  const form = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token), client_id: PUBLIC };
  const endpoint = `${world.issuer}/token/`;
  for (const headers of [{}, { dpop: await prove(thief, 'POST', endpoint) }])
    expect((await post(world, 'token', form, headers as never)).body).not.toHaveProperty('access_token');
  const renewed = await post(world, 'token', form, { dpop: await prove(owner, 'POST', endpoint) });
  expect([renewed.status, renewed.body.token_type]).toEqual([200, 'DPoP']);
});

test('2.6 Where tokens come from is published for the resource as well (RFC 9728), and a 401 says where', async () => {
  const refused = await fetch(`${world.fhir}/Patient`);
  const address = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '')?.[1];
  const metadata = (await (await fetch(address!)).json()) as Record<string, unknown>;
  expect(metadata).toMatchObject({ resource: world.fhir, authorization_servers: [world.issuer] });
});
