import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeRequest, fetchTokens, openWorld, signIn, type World } from './world.test-data.ts';

const SITE = 'https://exchange.example.org';

let world: World;
beforeAll(async () => {
  world = await openWorld(SITE);
});
afterAll(() => world?.close());

it('H-47 speaks of its public address only, whatever the request claims, and guards its cookies', async () => {
  const { url } = codeRequest({ redirectUri: `${SITE}/auth/callback` });
  const headers = {
    host: 'internal:8000',
    'x-forwarded-host': 'evil.example.org',
    'x-forwarded-proto': 'http',
  };
  const start = await world.request({ url, headers });
  expect(start.statusCode, start.body).toBe(303);
  expect(start.cookies.length).toBeGreaterThan(0);
  for (const cookie of start.cookies) {
    expect(cookie, cookie.name).toMatchObject({ secure: true, httpOnly: true, sameSite: 'lax' });
    expect(cookie.path, cookie.name).toMatch(/^\/o\//);
    // Nobody without encryption can put one of these into a browser.
    expect(cookie.name).toMatch(/^__Secure-jhe_/);
  }
  const document = (await world.request({ url: '/o/.well-known/openid-configuration', headers })).json();
  for (const [name, value] of Object.entries(document)) {
    if (name.endsWith('_endpoint') || name === 'jwks_uri' || name === 'issuer')
      expect(value, name).toMatch(`${SITE}/o`);
  }
});

it('leads to tokens as without encryption', async () => {
  const request = codeRequest({ redirectUri: `${SITE}/auth/callback` });
  const { response } = await fetchTokens(world, world.browser(), request);
  expect(response.statusCode, response.body).toBe(200);
});

it('binds the session to this host alone', async () => {
  const browser = world.browser();
  const { url } = codeRequest({ redirectUri: `${SITE}/auth/callback` });
  let answer = await signIn(browser, url, 'rivera@example.org');
  const names = new Set<string>();
  while (!String(answer.headers.location).startsWith(`${SITE}/auth/callback`)) {
    expect(answer.statusCode, answer.body).toBe(303);
    answer = await browser.go({ url: String(answer.headers.location) });
    for (const cookie of answer.cookies) {
      names.add(cookie.name);
      if (cookie.name.startsWith('__Host-'))
        expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'lax', path: '/' });
      expect(cookie).not.toHaveProperty('domain');
    }
  }
  expect([...names]).toContain('__Host-jhe_session');
});

it.each([
  '/o/authorize/',
  '/o/.well-known/jwks.json',
  '/accounts/login/',
  '/.well-known/openid-configuration',
])(
  'H-41 tells browsers at %s to come without encryption never again, and to load nothing that is not named',
  async (url) => {
    const { headers } = await world.request({ url });
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d{8}/);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
    expect(String(headers['content-security-policy'])).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  },
);
