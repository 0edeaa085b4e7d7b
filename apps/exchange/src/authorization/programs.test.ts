/** Programs on their own (SMART Backend Services 2.2; RFC 6749, section 4.4) and clients that sign for themselves. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashClientSecret } from '../domain/client-secret.ts';
import { codeRequest, fetchTokens, openWorld, SITE, type World } from './world.test-data.ts';

const TOKEN_URL = `${SITE}/o/token/`;
const ALGORITHMS = ['RS256', 'RS384', 'ES256', 'ES384'];

type Pair = { alg: string; privateKey: CryptoKey; jwk: JWK };
const pairs = new Map<string, Pair>();
let published: { keys: JWK[] } | undefined;
let fetched = 0;
let keyServer: Server;
let world: World;

async function makePair(kid: string, alg: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

beforeAll(async () => {
  for (const alg of ALGORITHMS) pairs.set(alg, await makePair(alg, alg));
  keyServer = createServer((_request, response) => {
    fetched++;
    if (!published) response.writeHead(500).end();
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(published));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => keyServer.once('listening', resolve));
  const { port } = keyServer.address() as AddressInfo;
  world = await openWorld();
  const jwks = JSON.stringify({ keys: [...pairs.values()].map(({ jwk }) => jwk) });
  await world.database.owner.query("select setval(pg_get_serial_sequence('client', 'id'), 500)");
  await world.database.owner.query(
    `insert into client (client_id, name, client_type, grant_types, client_secret, owner_user_id, default_scopes, jwks,
       jwks_uri, allow_reused_assertions, access_token_seconds, redirect_uris) values
     ('robot', 'Robot', 'confidential', '{client_credentials}', $1, 10001, 'system/*.rs', null, null, false, null, '{}'),
     ('slow', 'Slow', 'confidential', '{client-credentials}', $1, 10001, 'system/*.rs', null, null, false, 600, '{}'),
     ('nobody', 'N', 'confidential', '{client_credentials}', $1, null, 'system/*.rs', null, null, false, null, '{}'),
     ('gone', 'G', 'confidential', '{client_credentials}', $1, 10002, 'system/*.rs', null, null, false, null, '{}'),
     ('open', 'O', 'public', '{client_credentials}', null, 10001, 'system/*.rs', null, null, false, null, '{}'),
     ('narrow', 'W', 'confidential', '{client_credentials}', $1, 10001, 'system/Patient.rs openid', null, null, false, null, '{}'),
     ('nightly', 'Nightly', 'confidential', '{client_credentials}', $1, 10001, 'system/*.rs', $2, null, false, null, '{}'),
     ('lenient', 'Lenient', 'confidential', '{client_credentials}', null, 10001, 'system/*.rs', $2, null, true, null, '{}'),
     ('remote', 'Remote', 'confidential', '{client_credentials}', null, 10001, 'system/*.rs', null, $3, false, null, '{}'),
     ('inside', 'Inside', 'confidential', '{client_credentials}', null, 10001, 'system/*.rs', null, 'http://10.0.0.1/jwks', false, null, '{}'),
     ('signer', 'Signer', 'confidential', '{authorization_code}', null, null, 'user/*.rs', $2, null, false, null, '{https://signer.example.org/cb}')`,
    [hashClientSecret('hush-hush'), jwks, `http://127.0.0.1:${port}/jwks.json`],
  );
});
afterAll(async () => {
  await world?.close();
  keyServer?.close();
});

const post = (form: Record<string, string>, headers: Record<string, string> = {}) =>
  world.request({
    method: 'POST',
    url: '/o/token/',
    form: { grant_type: 'client_credentials', ...form },
    headers,
  });
const withSecret = (clientId: string, form: Record<string, string> = {}) =>
  post({ client_id: clientId, client_secret: 'hush-hush', ...form });

describe('a program with a secret', () => {
  it('gets a token of its own, and neither a refresh token nor an ID token', async () => {
    const response = await withSecret('robot');
    const reply = response.json();
    expect([response.statusCode, Object.keys(reply).sort()]).toEqual([
      200,
      ['access_token', 'expires_in', 'scope', 'token_type'],
    ]);
    expect(reply).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'system/*.rs' });
    expect(decodeProtectedHeader(reply.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(decodeJwt(reply.access_token)).toMatchObject({
      iss: `${SITE}/o`,
      aud: `${SITE}/FHIR/R5`,
      sub: 'robot',
      client_id: 'robot',
      owner: '10001',
      scope: 'system/*.rs',
    });
    expect(await world.server.verifyToken(reply.access_token)).toEqual({
      userId: 10_001,
      clientId: 'robot',
      grants: [{ context: 'user', type: '*', letters: 'rs' }],
      session: { kind: 'program' },
    });
    expect(response.headers['cache-control']).toContain('no-store');
  });

  it.each<[string, string, string]>([
    ['robot', 'openid', 'system/*.rs'],
    ['robot', 'system/Observation.rs', 'system/Observation.rs'],
    ['robot', 'system/*.cruds', 'system/*.rs'],
    ['narrow', '', 'system/Patient.rs'],
    ['narrow', 'system/*.rs', 'system/Patient.rs'],
  ])('%s asks %j and gets %j', async (clientId, scope, granted) => {
    const reply = (await withSecret(clientId, scope === '' ? {} : { scope })).json();
    expect(reply.scope).toBe(granted);
    expect(decodeJwt(reply.access_token)).toMatchObject({ scope: granted });
  });

  it.each<[string, string]>([
    ['narrow', 'system/Observation.rs'],
    ['robot', 'system/Observation.c'],
    ['robot', 'user/*.rs'],
    ['robot', 'patient/*.rs'],
    ['robot', 'system/everything.rs'],
  ])('%s asks %j and gets nothing', async (clientId, scope) => {
    const response = await withSecret(clientId, { scope });
    expect([response.statusCode, response.json().error]).toEqual([400, 'invalid_scope']);
  });

  it('holds tokens as long as it is registered, and whoever takes its name has none of them', async () => {
    const register = () =>
      world.database.owner.query(
        `insert into client (client_id, name, client_type, grant_types, client_secret, owner_user_id, default_scopes,
           redirect_uris)
         values ('brief', 'Brief', 'confidential', '{client_credentials}', $1, 10001, 'system/*.rs', '{}')`,
        [hashClientSecret('hush-hush')],
      );
    const tokenOf = async () => (await withSecret('brief')).json().access_token;
    await register();
    const token = await tokenOf();
    expect(await world.server.verifyToken(token)).not.toBeNull();
    await world.database.owner.query("delete from client where client_id = 'brief'");
    await register();
    const later = await tokenOf();
    // What others removed is looked at within a second.
    world.setClock(new Date(Date.now() + 6_000));
    expect(await world.server.verifyToken(token)).toBeNull();
    expect(await world.server.verifyToken(later)).toMatchObject({ clientId: 'brief' });
    world.setClock(null);
  });

  it('lives as long as it is registered for', async () => {
    expect((await withSecret('slow')).json().expires_in).toBe(600);
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['has no owner', { client_id: 'nobody', client_secret: 'hush-hush' }, 401, 'invalid_client'],
    ['has a deactivated owner', { client_id: 'gone', client_secret: 'hush-hush' }, 401, 'invalid_client'],
    ['has the wrong secret', { client_id: 'robot', client_secret: 'hush' }, 401, 'invalid_client'],
    ['is unknown', { client_id: 'who', client_secret: 'hush-hush' }, 401, 'invalid_client'],
    ['is public', { client_id: 'open' }, 400, 'invalid_request'],
    ['is for people', { client_id: 'broker', client_secret: 'hush-hush' }, 400, 'invalid_request'],
    ['signs for itself', { client_id: 'nightly', client_secret: 'hush-hush' }, 401, 'invalid_client'],
    [
      'names another server',
      { client_id: 'robot', client_secret: 'hush-hush', resource: 'https://x.example.org' },
      400,
      'invalid_target',
    ],
  ])('is refused when it %s', async (_name, form, status, error) => {
    const response = await post(form);
    expect([response.statusCode, response.json().error]).toEqual([status, error]);
    expect(response.body).not.toMatch(/stack|owner|deactivated/);
  });

  it('is refused at the next request once its owner is gone', async () => {
    const { access_token: token } = (await withSecret('robot')).json();
    const facts = await world.server.verifyToken(token);
    await world.database.owner.query('update app_user set active = false where id = 10001');
    expect(await world.gate.identify(facts!.userId, facts!.clientId, facts!.grants)).toBeNull();
    expect((await withSecret('robot')).statusCode).toBe(401);
    await world.database.owner.query('update app_user set active = true where id = 10001');
  });
});

type Claims = {
  alg?: string;
  clientId?: string;
  aud?: string | string[];
  seconds?: number;
  more?: Record<string, unknown>;
  pair?: Pair;
  kid?: string;
};
let serial = 0;

function assertion({
  alg = 'RS384',
  clientId = 'nightly',
  aud = TOKEN_URL,
  seconds = 300,
  more = {},
  pair,
  kid,
}: Claims = {}) {
  const { privateKey } = pair ?? pairs.get(alg)!;
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: clientId,
    sub: clientId,
    aud,
    exp: now + seconds,
    jti: `jti-${serial++}`,
    ...more,
  })
    .setProtectedHeader({ alg, typ: 'JWT', kid: kid ?? alg })
    .sign(privateKey);
}
const withAssertion = (client_assertion: string, form: Record<string, string> = {}) =>
  post({
    client_assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    ...form,
  });

describe('a client that signs for itself', () => {
  it.each(ALGORITHMS)('is known by %s, and gets a token for five minutes', async (alg) => {
    const response = await withAssertion(await assertion({ alg }), { scope: 'system/*.rs' });
    expect(response.statusCode, response.body).toBe(200);
    expect(response.json()).toMatchObject({ expires_in: 300, scope: 'system/*.rs' });
  });

  it.each<[string, Claims]>([
    ['the issuer', { aud: `${SITE}/o` }],
    ['a list with the token endpoint', { aud: ['https://x.example.org', TOKEN_URL] }],
  ])('may name as audience %s', async (_name, claims) => {
    expect((await withAssertion(await assertion(claims))).statusCode).toBe(200);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['expired', () => assertion({ seconds: -60 })],
    ['good for an hour', () => assertion({ seconds: 3600 })],
    ['for another server', () => assertion({ aud: 'https://x.example.org/token' })],
    ['without jti', () => assertion({ more: { jti: undefined } })],
    ['without exp', () => assertion({ more: { exp: undefined } })],
    ['of another issuer', () => assertion({ more: { iss: 'remote' } })],
    ['of a client without keys', () => assertion({ clientId: 'robot' })],
    ['of nobody', () => assertion({ clientId: 'who' })],
    ['with another key of that name', async () => assertion({ pair: await makePair('RS384', 'RS384') })],
    [
      'with an algorithm that is not served',
      async () => assertion({ alg: 'PS256', pair: await makePair('PS256', 'PS256') }),
    ],
    [
      'signed with the public key as a secret',
      () =>
        new SignJWT({
          iss: 'nightly',
          sub: 'nightly',
          aud: TOKEN_URL,
          exp: Math.floor(Date.now() / 1000) + 60,
          jti: 'x',
        })
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode(JSON.stringify(pairs.get('RS384')!.jwk))),
    ],
    [
      'unsigned',
      async () =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await assertion()).split('.')[1]}.`,
    ],
  ])('is refused with an assertion %s', async (_name, make) => {
    const response = await withAssertion(await make());
    expect([response.statusCode, response.json().error]).toEqual([401, 'invalid_client']);
  });

  it('is refused with what is no assertion', async () => {
    expect((await withAssertion('x.y.z')).json().error).toBe('invalid_request');
    expect((await withAssertion(await assertion(), { client_secret: 'hush-hush' })).json().error).toBe(
      'invalid_request',
    );
  });

  it('may use an assertion once, also when it is sent twice at the same moment', async () => {
    const once = await assertion();
    const both = await Promise.all([withAssertion(once), withAssertion(once)]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401]);
    expect((await withAssertion(once)).statusCode).toBe(401);
    // The name alone counts, whatever else the second one says.
    expect((await withAssertion(await assertion({ more: { jti: 'same' } }))).statusCode).toBe(200);
    expect((await withAssertion(await assertion({ more: { jti: 'same' }, seconds: 100 }))).statusCode).toBe(
      401,
    );
    expect(
      (await withAssertion(await assertion({ clientId: 'lenient', more: { jti: 'same' } }))).statusCode,
    ).toBe(200);
  });

  it('may use one again, and for longer, only with the switch for old clients, and that is logged', async () => {
    const before = world.infos.length;
    const again = await assertion({ clientId: 'lenient', alg: 'RS256', seconds: 3600 });
    for (let times = 0; times < 3; times++) expect((await withAssertion(again)).statusCode).toBe(200);
    expect(world.infos.slice(before)).toEqual(
      Array(3).fill({
        clientId: 'lenient',
        message: 'took a client assertion that may have been used before',
      }),
    );
    expect((await withAssertion(await assertion({ clientId: 'lenient', seconds: -60 }))).statusCode).toBe(
      401,
    );
  });

  it('signs on the code flow as well', async () => {
    const request = codeRequest({
      clientId: 'signer',
      redirectUri: 'https://signer.example.org/cb',
      scope: 'openid user/*.rs',
    });
    const { response } = await fetchTokens(world, world.browser(), request, {
      client_assertion: await assertion({ clientId: 'signer', alg: 'ES384' }),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    expect(response.statusCode, response.body).toBe(200);
    const { response: refused } = await fetchTokens(world, world.browser(), request);
    expect(refused.json().error).toBe('invalid_client');
  });
});

describe('keys at an address', () => {
  const ask = async (claims: Claims) =>
    (await withAssertion(await assertion({ clientId: 'remote', ...claims }))).statusCode;

  it('are fetched once, and again when another key is named, but not at will', async () => {
    const at = Date.now();
    const first = pairs.get('ES384')!;
    const second = await makePair('second', 'ES384');
    published = { keys: [first.jwk] };
    fetched = 0;
    expect(await ask({ alg: 'ES384' })).toBe(200);
    expect(await ask({ alg: 'ES384' })).toBe(200);
    expect(fetched).toBe(1);
    published = { keys: [second.jwk] };
    const named: Claims = { alg: 'ES384', pair: second, kid: 'second' };
    expect([await ask(named), fetched]).toEqual([401, 1]);
    world.setClock(new Date(at + 15_000));
    expect([await ask(named), fetched]).toEqual([200, 2]);
    expect([await ask({ alg: 'ES384' }), fetched]).toEqual([401, 2]);
    world.setClock(new Date(at + 12 * 60_000));
    published = undefined;
    expect([await ask(named), fetched]).toEqual([401, 3]);
    expect([await ask(named), fetched]).toEqual([401, 3]);
    published = { keys: [second.jwk] };
    world.setClock(new Date(at + 13 * 60_000));
    expect([await ask(named), fetched]).toEqual([200, 4]);
    world.setClock(null);
  });

  it('are not fetched without encryption from elsewhere', async () => {
    const response = await withAssertion(await assertion({ clientId: 'inside' }));
    expect([response.statusCode, response.json().error]).toEqual([401, 'invalid_client']);
  });
});
