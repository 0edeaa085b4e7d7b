import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROUTES } from './provider.ts';
import { openWorld, SITE, type World } from './world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const read = async (url: string) => {
  const response = await world.request({ url, headers: { origin: 'https://app.example.org' } });
  expect(response.statusCode, url).toBe(200);
  expect(response.headers['access-control-allow-origin'], url).toBe('*');
  return response.json();
};

/** Lists as sets: the order of what is supported says nothing. */
const inOrder = (document: object) =>
  Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, Array.isArray(value) ? value.toSorted() : value]),
  );

it('states the same facts as the provider, at every place where clients look', async () => {
  const provider = await read('/o/.well-known/openid-configuration/');
  const ours = await read('/.well-known/openid-configuration');
  expect(inOrder(provider)).toEqual(inOrder(ours));
  expect(ours).toMatchObject({
    issuer: `${SITE}/o`,
    token_endpoint: `${SITE}/o/token/`,
    jwks_uri: `${SITE}/o/.well-known/jwks.json`,
  });
  for (const path of [
    '/FHIR/R5/.well-known/openid-configuration',
    '/fhir/r5/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/o',
    '/.well-known/oauth-authorization-server/o/',
  ])
    expect(await read(path), path).toEqual(ours);
});

it('tells SMART clients what works', async () => {
  const smart = await read('/FHIR/R5/.well-known/smart-configuration');
  expect(await read('/fhir/r5/.well-known/smart-configuration/')).toEqual(smart);
  expect(smart).toMatchObject({
    authorization_endpoint: `${SITE}/o/authorize/`,
    code_challenge_methods_supported: ['S256'],
    response_types_supported: ['code'],
  });
  expect(smart.scopes_supported).toEqual(
    expect.arrayContaining(['openid', 'fhirUser', 'launch', 'patient/*.read']),
  );
  expect(smart.capabilities).toEqual(
    expect.arrayContaining(['launch-ehr', 'context-standalone-patient', 'context-banner']),
  );
});

it('advertises endpoints that exist', async () => {
  for (const [name, path] of Object.entries(ROUTES)) {
    const isPosted = ['token', 'revocation', 'introspection', 'pushed_authorization_request'].includes(name);
    const method = isPosted ? 'POST' : 'GET';
    expect((await world.request({ method, url: `/o${path}` })).statusCode, name).not.toBe(404);
  }
  expect((await world.request({ url: '/o/applications/' })).statusCode).toBe(404);
  expect((await world.request({ method: 'POST', url: '/o/reg' })).statusCode).toBe(404);
});

it('publishes public keys only', async () => {
  const { keys } = await read('/o/.well-known/jwks.json');
  expect(keys.map(({ alg }: { alg: string }) => alg).sort()).toEqual(['ES256', 'RS256']);
  for (const key of keys)
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(secret);
});

it('answers preflights from any origin', async () => {
  for (const url of [
    '/o/token/',
    '/o/userinfo',
    '/FHIR/R5/.well-known/smart-configuration',
    '/api/v1/invitation/x',
  ]) {
    const headers = { origin: 'https://app.example.org', 'access-control-request-method': 'POST' };
    const response = await world.request({ method: 'OPTIONS', url, headers });
    expect(response.statusCode, url).toBe(204);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
      'access-control-max-age': '86400',
    });
  }
});

it.each([
  ['/.well-known/oauth-protected-resource', SITE],
  ['/.well-known/oauth-protected-resource/FHIR/R5', `${SITE}/FHIR/R5`],
  ['/.well-known/oauth-protected-resource/api/v1', `${SITE}/api/v1`],
])('tells at %s where the tokens of a resource come from (RFC 9728)', async (path, resource) => {
  const document = await read(path);
  expect(document).toMatchObject({
    resource,
    authorization_servers: [`${SITE}/o`],
    bearer_methods_supported: ['header'],
  });
});

it('H-39 opens no page that reads cookies to scripts of other origins', async () => {
  for (const [method, url] of [
    ['GET', '/o/authorize/?client_id=hub'],
    ['OPTIONS', '/o/authorize/'],
    ['GET', '/o/interaction/abc'],
    ['OPTIONS', '/o/interaction/abc'],
    ['GET', '/o/logout/'],
    ['OPTIONS', '/o/logout'],
    ['GET', '/accounts/login/'],
  ] as const) {
    const response = await world.request({ method, url, headers: { origin: 'https://app.example.org' } });
    expect(response.headers, `${method} ${url}`).not.toHaveProperty('access-control-allow-origin');
  }
});
