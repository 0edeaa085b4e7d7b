/** Dynamic registration (RFC 7591): anybody may ask, a superuser decides, and until then nothing works. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MintOptions, mintToken } from '../../../../tests/setup/tokens.ts';
import { codeRequest, fetchTokens, openWorld, type World } from './world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  // The world's own clients have ids of its choice.
  await world.database.owner.query("select setval(pg_get_serial_sequence('client', 'id'), 1000)");
});
afterAll(() => world?.close());

const CALLBACK = 'https://app.example.org/callback';
const GOOD = { client_name: 'A notebook', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' };

let address = 0;
/** Each time from an address of its own, so that only the limit's own test meets the limit. */
const register = (body: unknown, from = `10.9.${++address >> 8}.${address & 255}`) =>
  world.app.http.inject({
    method: 'POST',
    url: '/o/register/',
    remoteAddress: from,
    headers: { 'content-type': 'application/json', origin: 'https://app.example.org' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
const as = async (userId: number, method: 'GET' | 'POST' | 'DELETE', url: string, body?: unknown) =>
  world.app.http.inject({
    method,
    url,
    headers: {
      authorization: `Bearer ${await mintToken(world, { userId } as MintOptions)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
const ROOT = 10_004;

it('H-13 lets a client register, wait, be approved, and only then sign people in', async () => {
  const reply = await register({ ...GOOD, scope: 'openid system/*.cruds', contacts: ['dev@example.org'] });
  expect(reply.statusCode, reply.body).toBe(201);
  expect(reply.headers['cache-control']).toBe('no-store');
  const { client_id: clientId, client_secret: secret, scope } = reply.json();
  expect(secret).toBeUndefined();
  expect(scope).toBe('openid system/*.cruds');

  const request = codeRequest({ clientId, redirectUri: CALLBACK, scope: 'openid' });
  const waits = await world.request({ url: request.url });
  expect(waits.statusCode).toBe(400);
  expect(waits.body).toContain('This application waits for approval');
  expect(waits.body).toContain('A notebook');
  const token = await world.request({
    method: 'POST',
    url: '/o/token/',
    form: { grant_type: 'authorization_code', code: 'x', client_id: clientId, redirect_uri: CALLBACK },
  });
  expect([token.statusCode, token.json().error]).toEqual([401, 'invalid_client']);

  const queue = (await as(ROOT, 'GET', '/api/v1/client_registrations')).json();
  const row = queue.find((one: { clientId: string }) => one.clientId === clientId);
  expect(row).toMatchObject({
    name: 'A notebook',
    clientType: 'public',
    redirectUris: [CALLBACK],
    contacts: ['dev@example.org'],
    wishedScopes: 'openid system/*.cruds',
  });
  const path = `/api/v1/client_registrations/${row.id}`;
  expect((await as(10_001, 'POST', `${path}/approve`, {})).statusCode).toBe(403);
  expect((await as(ROOT, 'POST', `${path}/approve`, { defaultScopes: 'all/of.it' })).statusCode).toBe(400);
  expect((await as(ROOT, 'POST', `${path}/approve`, { defaultScopes: 'user/*.rs' })).statusCode).toBe(200);
  expect((await as(ROOT, 'POST', `${path}/approve`, {})).statusCode).toBe(404);
  const { rows } = await world.database.owner.query(
    "select reason, user_id, client_id from audit_event where client_id = $1 and reason like 'client:%' order by at, id",
    [clientId],
  );
  expect(rows.map(({ reason }) => reason)).toEqual(['client: register', 'client: approve']);
  expect(rows[1]).toMatchObject({ user_id: ROOT, client_id: clientId });

  const again = codeRequest({ clientId, redirectUri: CALLBACK, scope: 'openid' });
  const { response, tokens } = await fetchTokens(world, world.browser(), again);
  expect(response.statusCode, response.body).toBe(200);
  const facts = await world.server.verifyToken(tokens.access_token!);
  // What it wished for itself counts for nothing.
  expect(facts?.grants).toEqual([{ context: 'user', type: '*', letters: 'rs' }]);
});

it('gives a confidential client its secret once, and keeps a hash', async () => {
  const { token_endpoint_auth_method: _none, ...confidential } = GOOD;
  const reply = (await register({ ...confidential, client_name: 'A hub' })).json();
  expect(reply).toMatchObject({
    client_secret_expires_at: 0,
    token_endpoint_auth_method: 'client_secret_basic',
  });
  expect(reply.client_secret.length).toBeGreaterThanOrEqual(43);
  const { rows } = await world.database.owner.query('select * from client where client_id = $1', [
    reply.client_id,
  ]);
  expect(JSON.stringify(rows)).not.toContain(reply.client_secret);
  expect(rows[0].client_secret).toMatch(/^sha256:/);
  const queue = await as(ROOT, 'GET', '/api/v1/client_registrations');
  expect(queue.body).not.toContain(reply.client_secret.slice(0, 8));
});

it('refuses a registration, and with that forgets it', async () => {
  const { client_id: clientId } = (await register(GOOD)).json();
  const queue = (await as(ROOT, 'GET', '/api/v1/client_registrations')).json();
  const { id } = queue.find((one: { clientId: string }) => one.clientId === clientId);
  expect((await as(10_001, 'DELETE', `/api/v1/client_registrations/${id}`)).statusCode).toBe(403);
  expect((await as(ROOT, 'DELETE', `/api/v1/client_registrations/${id}`)).statusCode).toBe(204);
  expect((await as(ROOT, 'DELETE', `/api/v1/client_registrations/${id}`)).statusCode).toBe(404);
  // Nor is a client that people rely on to be removed here.
  expect((await as(ROOT, 'DELETE', '/api/v1/client_registrations/1')).statusCode).toBe(404);
  expect((await as(ROOT, 'GET', '/api/v1/client_registrations/x')).statusCode).toBe(404);
});

const PUBLIC_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

const BAD: [name: string, error: string, body: unknown][] = [
  ['no JSON', 'invalid_client_metadata', 'nonsense'],
  ['a list', 'invalid_client_metadata', []],
  ['no name', 'invalid_client_metadata', { redirect_uris: [CALLBACK] }],
  ['no address to return to', 'invalid_redirect_uri', { ...GOOD, redirect_uris: [] }],
  ['the implicit grant', 'invalid_client_metadata', { ...GOOD, grant_types: ['implicit'] }],
  ['the password grant', 'invalid_client_metadata', { ...GOOD, grant_types: ['password'] }],
  [
    'token exchange',
    'invalid_client_metadata',
    { ...GOOD, grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] },
  ],
  ['a response type of the implicit flow', 'invalid_client_metadata', { ...GOOD, response_types: ['token'] }],
  ['plain http', 'invalid_redirect_uri', { ...GOOD, redirect_uris: ['http://app.example.org/cb'] }],
  ['a script', 'invalid_redirect_uri', { ...GOOD, redirect_uris: ['javascript:alert(1)'] }],
  ['a fragment', 'invalid_redirect_uri', { ...GOOD, redirect_uris: [`${CALLBACK}#x`] }],
  ['an empty fragment', 'invalid_redirect_uri', { ...GOOD, redirect_uris: [`${CALLBACK}#`] }],
  ['a star', 'invalid_redirect_uri', { ...GOOD, redirect_uris: ['https://*.example.org/cb'] }],
  [
    'a password in an address',
    'invalid_redirect_uri',
    { ...GOOD, redirect_uris: ['https://a:b@app.example.org/'] },
  ],
  [
    'too many addresses',
    'invalid_redirect_uri',
    { ...GOOD, redirect_uris: Array.from({ length: 11 }, (_, i) => `${CALLBACK}/${i}`) },
  ],
  ['a program without a secret', 'invalid_client_metadata', { ...GOOD, grant_types: ['client_credentials'] }],
  [
    'keys that are private',
    'invalid_client_metadata',
    {
      ...GOOD,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...PUBLIC_KEY, d: 'secret' }] },
    },
  ],
  [
    'keys that are missing',
    'invalid_client_metadata',
    { ...GOOD, token_endpoint_auth_method: 'private_key_jwt' },
  ],
  ['a logo of script', 'invalid_client_metadata', { ...GOOD, logo_uri: 'javascript:alert(1)' }],
];
it.each(BAD)('refuses to register %s', async (_name, error, body) => {
  const reply = await register(body);
  expect(reply.statusCode, reply.body).toBe(400);
  expect(reply.json()).toMatchObject({ error, error_description: expect.any(String) });
});

const KEPT: [name: string, body: object][] = [
  ['http on this computer', { redirect_uris: ['http://localhost:8888/cb', 'http://127.0.0.1/cb'] }],
  ["an app's own scheme", { redirect_uris: ['org.example.app:/cb'] }],
  ['public keys', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [PUBLIC_KEY] } }],
];
it.each(KEPT)('registers %s', async (_name, change) => {
  const reply = await register({ ...GOOD, ...change });
  expect(reply.statusCode, reply.body).toBe(201);
  expect(reply.json()).not.toHaveProperty('client_secret');
});

it('limits how often an address may register', async () => {
  const replies = [];
  for (let i = 0; i < 21; i++) replies.push(await register('{}', '10.8.0.1'));
  expect(replies.slice(0, 20).every(({ statusCode }) => statusCode === 400)).toBe(true);
  expect(replies[20]?.statusCode).toBe(429);
  expect(Number(replies[20]?.headers['retry-after'])).toBeGreaterThan(0);
});

it('is for POST only', async () => {
  const reply = await world.request({ url: '/o/register/' });
  expect([reply.statusCode, reply.headers.allow]).toEqual([405, 'POST']);
});

it('decides about clients by a token that reaches so far, and by no narrower one', async () => {
  const narrow = await mintToken(world, { userId: ROOT, scope: 'user/Patient.rs', defaultScope: '' });
  for (const [method, url] of [
    ['GET', '/api/v1/client_registrations'],
    ['POST', '/api/v1/client_registrations/1/approve'],
    ['DELETE', '/api/v1/client_registrations/1'],
  ] as const) {
    const reply = await world.app.http.inject({
      method,
      url,
      headers: { authorization: `Bearer ${narrow}` },
    });
    expect(reply.statusCode, url).toBe(403);
  }
});
