import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import { openSigningKeys } from './signing-keys.ts';
import { codeRequest, fetchTokens, openWorld, SITE, type World } from './world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const signIn = async (scope = 'openid email') =>
  (await fetchTokens(world, world.browser(), codeRequest({ scope }))).tokens;
const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  world.request({ method: 'POST', url: path, form, headers });
const refresh = (token: string) =>
  post('/o/token/', { grant_type: 'refresh_token', refresh_token: token, client_id: 'jhe-portal' });

it('accepts a minted token as if the provider had issued it', async () => {
  expect(
    await world.server.verifyToken(await mintToken(world, { userId: 10_001, defaultScope: 'user/*.rs' })),
  ).toEqual({
    userId: 10_001,
    clientId: 'jhe-portal',
    grants: [{ context: 'user', type: '*', letters: 'rs' }],
    session: { kind: 'person', grantId: 'minted' },
  });
});

const BAD: [name: string, make: () => Promise<string>][] = [
  ['not a token', async () => 'abc'],
  ['expired', () => mintToken(world, { userId: 10_001, expiresInSeconds: -1 })],
  ['another audience', () => mintToken(world, { userId: 10_001, audience: `${SITE}/other` })],
  ['another issuer', () => mintToken(world, { userId: 10_001, issuer: 'https://evil.example.org/o' })],
  ['a user id that is none', () => mintToken(world, { userId: Number.NaN })],
  [
    'no signature',
    async () => new UnsecuredJWT(decodeJwt(await mintToken(world, { userId: 10_001 }))).encode(),
  ],
  [
    'a changed payload',
    async () => {
      const [header, payload, signature] = (await mintToken(world, { userId: 10_001 })).split('.');
      const changed = { ...JSON.parse(Buffer.from(payload!, 'base64url').toString()), sub: '10004' };
      return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
    },
  ],
  [
    'signed with the public key as a secret',
    async () =>
      new SignJWT(decodeJwt(await mintToken(world, { userId: 10_001 })))
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(new TextEncoder().encode('x'.repeat(32))),
  ],
  ['an ID token', async () => (await signIn()).id_token!],
  ['a refresh token', async () => (await signIn()).refresh_token!],
];

it.each(BAD)('refuses a token: %s', async (_name, make) => {
  expect(await world.server.verifyToken(await make())).toBeNull();
});

it('honours the clock', async () => {
  const token = await mintToken(world, { userId: 10_001 });
  world.setClock(new Date(Date.now() + 61 * 60 * 1000));
  expect(await world.server.verifyToken(token)).toBeNull();
  world.setClock(null);
  expect(await world.server.verifyToken(token)).not.toBeNull();
});

it('rotates refresh tokens, and ends the whole family when one is used twice', async () => {
  const first = await signIn();
  const reply = await refresh(first.refresh_token!);
  expect(reply.statusCode, reply.body).toBe(200);
  const second = reply.json();
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect(second.scope).toBe('openid email');
  expect(decodeJwt(second.access_token)).toMatchObject({ default_scope: 'user/*.cruds', sub: '10001' });

  expect((await refresh(first.refresh_token!)).json()).toMatchObject({ error: 'invalid_grant' });
  expect((await refresh(second.refresh_token)).statusCode).toBe(400);
  expect(await world.server.verifyToken(second.access_token)).toBeNull();
});

it('lets only one of two parallel refreshes through', async () => {
  const { refresh_token: token } = await signIn();
  const both = await Promise.all([refresh(token!), refresh(token!)]);
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400]);
});

it('refuses a refresh token that has expired by the clock', async () => {
  const { refresh_token: token } = await signIn();
  world.setClock(new Date(Date.now() + 91 * 24 * 3600 * 1000));
  expect((await refresh(token!)).statusCode).toBe(400);
  world.setClock(null);
});

it('answers userinfo by scope', async () => {
  const ask = async (token: string) =>
    world.request({ url: '/o/userinfo', headers: { authorization: `Bearer ${token}` } });
  expect((await ask((await signIn('openid email')).access_token!)).json()).toEqual({
    sub: '10001',
    email: 'Rivera@example.org',
    email_verified: true,
  });
  expect((await ask((await signIn('openid')).access_token!)).json()).toEqual({ sub: '10001' });
  expect((await ask('nonsense')).statusCode).toBe(401);
});

const BROKER = { client_id: 'broker', client_secret: 'hush-hush' };

it('introspects tokens for authenticated clients', async () => {
  const { access_token: token = '', refresh_token: refreshToken = '' } = await signIn();
  expect((await post('/o/introspect/', { token, ...BROKER })).json()).toMatchObject({
    active: true,
    scope: 'openid email',
    client_id: 'jhe-portal',
    username: 'Rivera@example.org',
    sub: '10001',
  });
  const basic = `Basic ${Buffer.from('broker:hush-hush').toString('base64')}`;
  expect((await post('/o/introspect/', { token }, { authorization: basic })).json()).toMatchObject({
    active: true,
  });
  expect((await post('/o/introspect/', { token: refreshToken, ...BROKER })).json()).toMatchObject({
    active: true,
  });
  expect((await post('/o/introspect/', { token, client_id: 'hub' })).json()).toEqual({ active: false });
  expect((await post('/o/introspect/', { token: `${token}x`, ...BROKER })).json()).toEqual({ active: false });
  expect((await post('/o/introspect/', { ...BROKER })).statusCode).toBe(400);
  expect((await post('/o/introspect/', { token, client_id: 'broker', client_secret: 'x' })).statusCode).toBe(
    401,
  );
});

it('revokes an access token, and with a refresh token its access tokens', async () => {
  const one = await signIn();
  expect((await post('/o/revoke_token/', { token: one.access_token!, client_id: 'hub' })).statusCode).toBe(
    200,
  );
  expect(await world.server.verifyToken(one.access_token!)).not.toBeNull();
  expect(
    (await post('/o/revoke_token/', { token: one.access_token!, client_id: 'jhe-portal' })).statusCode,
  ).toBe(200);
  expect(await world.server.verifyToken(one.access_token!)).toBeNull();

  const two = await signIn();
  expect(
    (await post('/o/revoke_token', { token: two.refresh_token!, client_id: 'jhe-portal' })).statusCode,
  ).toBe(200);
  expect(await world.server.verifyToken(two.access_token!)).toBeNull();
  expect((await refresh(two.refresh_token!)).statusCode).toBe(400);
});

it('makes one set of keys even when servers start at once', async () => {
  await world.database.owner.query('delete from signing_key');
  const both = await Promise.all([openSigningKeys(world.system), openSigningKeys(world.system)]);
  expect(both[0]).toEqual(both[1]);
  expect(both[0].tokenKeys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256']);
  const { rows } = await world.database.owner.query('select count(*)::int as keys from signing_key');
  expect(rows).toEqual([{ keys: 3 }]);
});

it('takes up keys that another server has made', async () => {
  const token = await mintToken(world, { userId: 10_001 });
  world.setClock(new Date(Date.now() + 60_000));
  expect(await world.server.verifyToken(token)).toMatchObject({ userId: 10_001 });
  world.setClock(null);
});

it('ends with its client: tokens of a client that is removed are refused, and its name can be taken anew', async () => {
  const sql = (text: string) => world.database.owner.query(text);
  await sql(`insert into client (id, client_id, name, redirect_uris, skip_authorization, default_scopes)
    values (71, 'short-lived', 'Short', '{https://short.example.org/cb}', true, 'user/*.rs')`);
  const where = { clientId: 'short-lived', redirectUri: 'https://short.example.org/cb' };
  const { tokens } = await fetchTokens(world, world.browser(), codeRequest(where));
  expect(await world.server.verifyToken(tokens.access_token!)).not.toBeNull();
  await sql('delete from client where id = 71');
  // Other servers, and this one, look within a second.
  world.setClock(new Date(Date.now() + 6_000));
  expect(await world.server.verifyToken(tokens.access_token!)).toBeNull();
  await sql(`insert into client (id, client_id, name, redirect_uris, skip_authorization, default_scopes)
    values (72, 'short-lived', 'Other', '{https://short.example.org/cb}', true, 'user/*.rs')`);
  const refreshed = await world.request({
    method: 'POST',
    url: '/o/token/',
    form: {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token!,
      client_id: 'short-lived',
    },
  });
  expect(refreshed.json()).toMatchObject({ error: 'invalid_grant' });
  const again = await fetchTokens(world, world.browser(), codeRequest(where));
  expect(await world.server.verifyToken(again.tokens.access_token!)).not.toBeNull();
  world.setClock(null);
});

it('stores no code for a client that is removed at the same moment', async () => {
  const { owner } = world.database;
  await owner.query(`insert into client (id, client_id, name, redirect_uris, skip_authorization, default_scopes)
    values (73, 'leaving', 'Leaving', '{https://leaving.example.org/cb}', true, 'user/*.rs')`);
  const where = { clientId: 'leaving', redirectUri: 'https://leaving.example.org/cb' };
  const browser = world.browser();
  await fetchTokens(world, browser, codeRequest(where));
  const remover = await owner.take('vital');
  await remover.query('begin');
  await remover.query('delete from client where id = 73');
  // The client was found; what it gets waits for the removal, and then is not stored.
  const asked = browser.go({ url: codeRequest(where).url });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await remover.query('commit');
  remover.release();
  const reply = await asked;
  expect(String(reply.headers.location ?? '')).not.toContain('code=');
  const left = await owner.query("select from oauth_model where payload->>'clientId' = 'leaving'");
  expect(left.rows.length).toBe(0);
});
