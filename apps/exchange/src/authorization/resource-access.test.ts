/** The API as a resource: tokens bound to keys, how it says what it wants, and scripts of other origins. */
import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';

const SITE = 'http://localhost:8000';
const APP = 'https://app.example.org';

let exchange: TestExchange;
let now: Date | null = null;
beforeAll(async () => {
  exchange = await openTestExchange({ clock: () => now ?? new Date() });
  await exchange.database.owner.query(
    `insert into app_user (id, email, first_name, last_name, email_verified) values (10001, 'a@example.org', 'A', 'B', true);
     insert into practitioner (id, user_id) values (80001, 10001);
     insert into client (id, client_id, name, redirect_uris, allowed_origins, approved_at) values
       (9001, 'webapp', 'Web app', '{app:/cb}', '{${APP}}', now()),
       (9002, 'waiting', 'Waiting', '{app:/cb}', '{https://waiting.example.org}', null)`,
  );
});
afterAll(() => exchange?.close());

describe('tokens bound to a key (RFC 9449)', () => {
  const url = '/api/v1/users/profile';

  it('are taken with a proof of this very request, and never as Bearer', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const token = await mintToken(exchange, {
      userId: 10_001,
      keyThumbprint: await calculateJwkThumbprint(jwk),
    });
    const prove = (htu: string, htm = 'GET') =>
      new SignJWT({
        htm,
        htu,
        jti: randomUUID(),
        ath: createHash('sha256').update(token).digest('base64url'),
      })
        .setIssuedAt()
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .sign(privateKey);
    const call = async (authorization: string, proof?: string, method = 'GET', path = url) =>
      exchange.request(method, path, { headers: { authorization, ...(proof ? { dpop: proof } : {}) } });

    expect((await call(`DPoP ${token}`, await prove(`${SITE}${url}`))).statusCode).toBe(200);
    const search = '/FHIR/R5/Patient?_count=1';
    const found = await call(`DPoP ${token}`, await prove(`${SITE}/FHIR/R5/Patient`), 'GET', search);
    expect(found.statusCode, found.body).toBe(200);

    const bearer = await call(`Bearer ${token}`);
    expect(bearer.statusCode).toBe(401);
    expect(bearer.headers['www-authenticate']).toMatch(
      /^DPoP realm="api", error="invalid_token", algs="ES256 /,
    );
    const elsewhere = await call(`DPoP ${token}`, await prove(`${SITE}/api/v1/studies`));
    expect(elsewhere.statusCode).toBe(401);
    expect(elsewhere.headers['www-authenticate']).toContain('error="invalid_dpop_proof"');
    expect((await call(`DPoP ${token}`, await prove(`${SITE}${url}`, 'POST'))).statusCode).toBe(401);
    const once = await prove(`${SITE}${url}`);
    expect((await call(`DPoP ${token}`, once)).statusCode).toBe(200);
    expect((await call(`DPoP ${token}`, once)).statusCode).toBe(401);
    const plain = await mintToken(exchange, { userId: 10_001 });
    expect((await call(`DPoP ${plain}`, await prove(`${SITE}${url}`))).statusCode).toBe(401);
  });
});

it.each([
  ['/api/v1/studies', '/api/v1'],
  ['/FHIR/R5/Patient', '/FHIR/R5'],
  ['/fhir/r5/Patient', '/FHIR/R5'],
])('names at a 401 of %s where to read about the resource (RFC 9728)', async (url, resource) => {
  const { statusCode, headers } = await exchange.request('GET', url);
  expect(statusCode).toBe(401);
  const address = `${SITE}/.well-known/oauth-protected-resource${resource}`;
  expect(headers['www-authenticate']).toBe(`Bearer realm="api", resource_metadata="${address}"`);
  const document = await exchange.request('GET', address.slice(SITE.length));
  expect(document.json()).toMatchObject({ resource: `${SITE}${resource}` });
});

describe('H-39: scripts of other origins', () => {
  const preflight = (url: string, origin: string) =>
    exchange.request('OPTIONS', url, {
      headers: {
        origin,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'authorization, content-type',
      },
    });
  const PATHS = ['/api/v1/users/profile', '/FHIR/R5/Patient', '/FHIR/R5', '/fhir/r5/Observation?code=x'];

  it.each(PATHS)('may call %s when their client is approved', async (url) => {
    const asked = await preflight(url, APP);
    expect(asked.statusCode).toBe(204);
    expect(asked.headers['access-control-allow-origin']).toBe(APP);
    expect(asked.headers).not.toHaveProperty('access-control-allow-credentials');
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expect(asked.headers['access-control-allow-methods']).toContain(method);
    for (const name of ['Authorization', 'Content-Type', 'DPoP', 'X-Request-ID', 'Prefer', 'If-Match'])
      expect(asked.headers['access-control-allow-headers']).toContain(name);
    const { headers } = await exchange.request('GET', url, { headers: { origin: APP } });
    expect(headers['access-control-allow-origin']).toBe(APP);
    expect(headers.vary).toContain('Origin');
    for (const name of ['Location', 'ETag', 'WWW-Authenticate', 'Retry-After'])
      expect(headers['access-control-expose-headers']).toContain(name);
  });

  it.each(['https://evil.example.org', 'https://waiting.example.org', 'null', `${APP}.evil.example`])(
    'of %s may not',
    async (origin) => {
      for (const url of PATHS) {
        expect((await preflight(url, origin)).headers, url).not.toHaveProperty('access-control-allow-origin');
        const { headers } = await exchange.request('GET', url, { headers: { origin } });
        expect(headers, url).not.toHaveProperty('access-control-allow-origin');
      }
    },
  );

  it('may not any more five seconds after their client is gone', async () => {
    const at = new Date();
    now = at;
    expect((await preflight('/api/v1/studies', APP)).headers['access-control-allow-origin']).toBe(APP);
    await exchange.database.owner.query("delete from client where client_id = 'webapp'");
    now = new Date(at.getTime() + 6000);
    expect((await preflight('/api/v1/studies', APP)).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
    now = null;
  });
});
