/** RFC 9449 and RFC 9126 over HTTP: tokens that only the holder of a key can use, and requests that are pushed first. */
import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { openSignIn } from '../sign-in.ts';
import { codeRequest, fetchTokens, openWorld, SITE, type World } from './world.test-data.ts';

let world: World;
let key: Awaited<ReturnType<typeof makeKey>>;
let bound: string;
let refreshToken: string;
let plain: string;

async function makeKey(alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: await exportJWK(publicKey) };
}

type Proof = {
  method?: string;
  url?: string;
  token?: string | undefined;
  secondsAgo?: number;
  jti?: string;
  typ?: string;
  alg?: string;
  jwk?: JWK;
  privateKey?: CryptoKey | Uint8Array;
};

function prove({
  method = 'GET',
  url = `${SITE}/o/userinfo/`,
  token,
  secondsAgo = 0,
  jti = randomUUID(),
  ...other
}: Proof = {}) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    htm: method,
    htu: url,
    jti,
    ...(token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }),
  })
    .setIssuedAt(now - secondsAgo)
    .setProtectedHeader({
      typ: other.typ ?? 'dpop+jwt',
      alg: other.alg ?? key.alg,
      jwk: other.jwk ?? key.jwk,
    })
    .sign(other.privateKey ?? key.privateKey);
}

const tokenProof = () => prove({ method: 'POST', url: `${SITE}/o/token/` });
const userinfo = (authorization: string, proof?: string, url = '/o/userinfo/') =>
  world.request({ url, headers: { authorization, ...(proof === undefined ? {} : { dpop: proof }) } });

beforeAll(async () => {
  world = await openWorld();
  key = await makeKey();
  plain = (await fetchTokens(world, world.browser(), codeRequest({ scope: 'openid' }))).tokens.access_token!;
  const proof = await tokenProof();
  const request = codeRequest({ scope: 'openid email offline_access' });
  const { tokens } = await fetchTokens(world, world.browser(), request, {}, { dpop: proof });
  expect(tokens.token_type).toBe('DPoP');
  bound = tokens.access_token!;
  refreshToken = tokens.refresh_token!;
});
afterAll(() => world?.close());

it('binds a token to the key of the proof, and lets its holder in', async () => {
  const facts = await world.server.verifyToken(bound);
  expect(facts?.keyThumbprint).toBe(await calculateJwkThumbprint(key.jwk));
  expect((await userinfo(`DPoP ${bound}`, await prove({ token: bound }))).json()).toMatchObject({
    sub: '10001',
  });
  const bare = await prove({ token: bound, url: `${SITE}/o/userinfo` });
  expect((await userinfo(`DPoP ${bound}`, bare, '/o/userinfo?x=1')).statusCode).toBe(200);
});

const REFUSED: [
  name: string,
  challenge: RegExp,
  make: () => Promise<[authorization: string, proof?: string]>,
][] = [
  ['a bound token as Bearer', /^DPoP .*invalid_token/, async () => [`Bearer ${bound}`]],
  [
    'a bound token as Bearer with a proof',
    /^DPoP .*invalid_token/,
    async () => [`Bearer ${bound}`, await prove({ token: bound })],
  ],
  [
    'a token without a key as DPoP',
    /^DPoP .*invalid_token/,
    async () => [`DPoP ${plain}`, await prove({ token: plain })],
  ],
  ['no proof', /^DPoP .*invalid_dpop_proof/, async () => [`DPoP ${bound}`]],
  [
    'another method',
    /invalid_dpop_proof/,
    async () => [`DPoP ${bound}`, await prove({ token: bound, method: 'POST' })],
  ],
  [
    'another address',
    /invalid_dpop_proof/,
    async () => [`DPoP ${bound}`, await prove({ token: bound, url: `${SITE}/o/token/` })],
  ],
  [
    'another host',
    /invalid_dpop_proof/,
    async () => [`DPoP ${bound}`, await prove({ token: bound, url: 'https://evil.example.org/o/userinfo/' })],
  ],
  ['no hash of the token', /invalid_dpop_proof/, async () => [`DPoP ${bound}`, await prove()]],
  [
    'the hash of another token',
    /invalid_dpop_proof/,
    async () => [`DPoP ${bound}`, await prove({ token: plain })],
  ],
  [
    'an old proof',
    /invalid_dpop_proof/,
    async () => [`DPoP ${bound}`, await prove({ token: bound, secondsAgo: 400 })],
  ],
  [
    'a proof of the future',
    /invalid_dpop_proof/,
    async () => [`DPoP ${bound}`, await prove({ token: bound, secondsAgo: -400 })],
  ],
  [
    'a JWT of another type',
    /invalid_dpop_proof/,
    async () => [`DPoP ${bound}`, await prove({ token: bound, typ: 'jwt' })],
  ],
  [
    'another key',
    /invalid_dpop_proof/,
    async () => {
      const { jwk, privateKey } = await makeKey();
      return [`DPoP ${bound}`, await prove({ token: bound, jwk, privateKey })];
    },
  ],
  [
    'a signature by another key than the one it names',
    /invalid_dpop_proof/,
    async () => [`DPoP ${bound}`, await prove({ token: bound, privateKey: (await makeKey()).privateKey })],
  ],
  [
    'a shared secret',
    /invalid_dpop_proof/,
    async () => [
      `DPoP ${bound}`,
      await prove({ token: bound, alg: 'HS256', privateKey: new Uint8Array(32) }),
    ],
  ],
  ['nonsense', /invalid_dpop_proof/, async () => [`DPoP ${bound}`, 'a.b.c']],
];

it.each(REFUSED)('refuses: %s', async (_name, challenge, make) => {
  const response = await userinfo(...(await make()));
  expect(response.statusCode, response.body).toBe(401);
  expect(String(response.headers['www-authenticate'])).toMatch(challenge);
});

it('takes a proof once, on all servers of the database together', async () => {
  const other = await openSignIn({
    config: world.config,
    system: world.system,
    gate: world.gate,
    clock: () => new Date(),
    log: { info: () => {}, error: () => {} },
  });
  const app = await createApp({
    config: world.config,
    gate: world.gate,
    log: { info: () => {}, error: () => {} },
    verifyToken: other.verifyToken,
    provesKey: other.provesKey,
    faces: other.faces,
    mounts: [other.mount],
  });
  const proof = await prove({ token: bound });
  const headers = { authorization: `DPoP ${bound}`, dpop: proof };
  const both = await Promise.all([
    world.request({ url: '/o/userinfo/', headers }),
    app.http.inject({ url: '/o/userinfo/', headers }),
  ]);
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401]);
  await app.http.close();
});

it('refreshes a bound token with its key only', async () => {
  const refresh = async (proof?: string) =>
    world.request({
      method: 'POST',
      url: '/o/token/',
      form: { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'jhe-portal' },
      headers: proof === undefined ? {} : { dpop: proof },
    });
  expect((await refresh()).json()).toMatchObject({ error: 'invalid_grant' });
  const reply = await refresh(await tokenProof());
  expect(reply.statusCode, reply.body).toBe(200);
  expect(reply.json()).toMatchObject({ token_type: 'DPoP' });
});

it('says at introspection that a token is bound', async () => {
  const form = { token: bound, client_id: 'broker', client_secret: 'hush-hush' };
  const reply = (await world.request({ method: 'POST', url: '/o/introspect/', form })).json();
  expect(reply).toMatchObject({
    active: true,
    token_type: 'DPoP',
    cnf: { jkt: await calculateJwkThumbprint(key.jwk) },
  });
});

it('gives no token without a key to a client that is registered so', async () => {
  await world.database.owner.query("update client set requires_dpop = true where client_id = 'app'");
  const request = codeRequest({ clientId: 'app', scope: 'openid' });
  const without = await fetchTokens(world, world.browser(), request);
  expect(without.response.statusCode).toBe(400);
  expect(without.response.json()).toMatchObject({
    error: expect.stringMatching(/invalid_(grant|request|dpop_proof)/),
  });
  const again = codeRequest({ clientId: 'app', scope: 'openid' });
  const { tokens } = await fetchTokens(world, world.browser(), again, {}, { dpop: await tokenProof() });
  expect(tokens.token_type).toBe('DPoP');
});
