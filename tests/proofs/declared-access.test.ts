/**
 * Every route says who may call it. What anyone may call stands in a list here, so that opening a route is done on
 * purpose; whatever else the server answers stands in another.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, isPage } from '../../apps/exchange/src/app.ts';
import type { Face, Route } from '../../apps/exchange/src/face.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';

/** Routes for people who are not signed in. Each tells nothing about anybody. */
const OPEN = [
  'GET /.well-known/oauth-authorization-server',
  'GET /.well-known/oauth-authorization-server/o',
  'GET /.well-known/oauth-protected-resource',
  'GET /.well-known/oauth-protected-resource/FHIR/R5',
  'GET /.well-known/oauth-protected-resource/api/v1',
  'GET /.well-known/openid-configuration',
  'GET /.well-known/smart-configuration',
  'GET /FHIR/R5/.well-known/openid-configuration',
  'GET /FHIR/R5/.well-known/smart-configuration',
  'GET /FHIR/R5/metadata',
  'GET /fhir/r5/.well-known/openid-configuration',
  'GET /fhir/r5/.well-known/smart-configuration',
  'GET /fhir/r5/metadata',
  'GET /health',
  'GET /ready',
  // The token in the path is the proof; 20 calls a minute.
  'POST /api/v1/invitation/:token',
];

/** Pages for people who are not signed in: on the way to an account, or with a token in the address that is the proof. */
const OPEN_PAGES = [
  'GET /accounts/assets/passkey.js',
  'GET /accounts/callback/',
  'GET /accounts/login-otp/',
  'GET /accounts/login/',
  'GET /accounts/logout/',
  'GET /accounts/outbox/',
  'GET /accounts/password_change/done/',
  'GET /accounts/password_reset/',
  'GET /accounts/password_reset/done/',
  'GET /accounts/record/claim/',
  'GET /accounts/record/claim/:token/',
  'GET /accounts/record/claim/:token/signup',
  'GET /accounts/record/claim/:token/signup/:pending',
  'GET /accounts/reset/:uid/:token/',
  'GET /accounts/reset/done/',
  'GET /accounts/signup/',
  'GET /accounts/signup/done/',
  'GET /accounts/unlock/:token',
  'GET /accounts/verify_email_confirm/:uid/:token/',
  'GET /accounts/verify_email_done/',
  'GET /allauth/oidc/:slug/callback/',
  'GET /allauth/saml/:slug/login/',
  'GET /allauth/saml/:slug/metadata/',
  'GET /allauth/saml/:slug/sls/',
  'POST /accounts/password_reset/',
  'POST /accounts/record/claim/',
  'POST /accounts/record/claim/:token/',
  'POST /accounts/record/claim/:token/signup',
  'POST /accounts/record/claim/:token/signup/:pending',
  'POST /accounts/reset/:uid/:token/',
  'POST /accounts/signup/',
  'POST /accounts/unlock/:token',
  'POST /accounts/verify_email_confirm/:uid/:token/',
  'POST /allauth/saml/:slug/acs/',
  'POST /allauth/saml/:slug/sls/',
];

/**
 * Paths that whole handlers own: the OAuth provider with its own rules (`/o/*`, which the tree shows without its prefix)
 * and the portal's built files.
 */
const MOUNTED = ['GET *', 'POST *', 'GET /', 'GET /auth/callback', 'GET /portal', 'GET /portal*'];

let exchange: TestExchange;
beforeAll(async () => {
  exchange = await openTestExchange();
});
afterAll(() => exchange?.close());

/** What the HTTP server really answers, read from its own tree of routes; HEAD goes with GET. */
function servedRoutes(): string[] {
  const served: string[] = [];
  const segments: string[] = [];
  for (const line of exchange.app.http.printRoutes({ commonPrefix: false }).split('\n')) {
    const parsed = /^([│ ]*)[├└]── (\S+)(?: \(([^)]*)\))?$/.exec(line);
    if (!parsed) continue;
    const [, indent = '', segment = '', methods = ''] = parsed;
    const depth = indent.length / 4;
    segments.length = depth;
    segments[depth] = segment;
    for (const method of methods.split(', ')) {
      if (method !== '' && method !== 'HEAD' && method !== 'OPTIONS')
        served.push(`${method} ${segments.join('')}`);
    }
  }
  return served.sort();
}

const filled = (path: string) =>
  path
    .replace('/*', '/Anything')
    .replace(/:token/, 'A'.repeat(32))
    .replace(/:\w+/g, '40001');

describe('declared access', () => {
  it('opens these routes to anyone and no other', () => {
    const open = exchange.app.registry.filter((route) => route.caller === 'anyone');
    const named = (routes: typeof open) => routes.map(({ method, path }) => `${method} ${path}`).sort();
    expect(named(open.filter((route) => !isPage(route)))).toEqual(OPEN);
    expect(named(open.filter(isPage))).toEqual(OPEN_PAGES);
  });

  it('registers everything that the server answers, but for what is mounted whole', () => {
    const registered = exchange.app.registry.map(({ method, path }) => `${method} ${path}`);
    expect(servedRoutes().length).toBeGreaterThan(50);
    // The tree has one name for parameters in one place, and no slash of its own at the end or before a star.
    const plain = (route: string) => route.replace(/:[\w|:]+/g, ':').replace(/\/?(\*?)$/, '$1');
    expect(servedRoutes().map(plain).sort()).toEqual([...registered, ...MOUNTED].map(plain).sort());
  });

  it('refuses every guarded route without a good token, and says how to come back with one', async () => {
    const faults: string[] = [];
    const guarded = exchange.app.registry.filter((route) => !isPage(route) && route.caller !== 'anyone');
    expect(guarded.length).toBeGreaterThan(50);
    for (const { method, path } of guarded) {
      for (const [authorization, challenge] of [
        [undefined, /^Bearer realm="api", resource_metadata="[^"]+"$/],
        ['Basic cm9vdDpyb290', /^Bearer realm="api", resource_metadata="[^"]+"$/],
        ['Bearer nonsense', /^Bearer .*error="invalid_token"/],
      ] as const) {
        for (const verb of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
          const { statusCode, headers } = await exchange.request(
            verb,
            filled(path),
            authorization === undefined ? {} : { headers: { authorization } },
          );
          if (statusCode !== 401 || !challenge.test(String(headers['www-authenticate']))) {
            faults.push(
              `${verb} ${path} with ${authorization}: ${statusCode} ${headers['www-authenticate']}`,
            );
          }
        }
      }
    }
    expect(faults).toEqual([]);
  });

  it.each([undefined, null, '', 'everybody', 'toString'])(
    'does not start with a route for %j',
    async (caller) => {
      const route = {
        method: 'GET',
        path: '/x',
        caller,
        handle: async () => ({ body: 'x' }),
      } as unknown as Route;
      const face: Face = { name: 'careless', routes: [route], refuse: () => ({ status: 400 }) };
      const build = createApp({
        config: { siteUrl: 'http://localhost:8000', trustedProxies: [] } as never,
        gate: exchange.gate,
        faces: [face],
        verifyToken: async () => null,
        log: { error: () => {}, info: () => {} },
      });
      await expect(build).rejects.toThrow('GET /x of careless does not declare who may call it');
    },
  );
});
