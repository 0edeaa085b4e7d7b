import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeRequest, fetchTokens, openWorld, type World } from './world.test-data.ts';

const SITE = 'https://exchange.example.org';

let world: World;
beforeAll(async () => {
  world = await openWorld(SITE);
});
afterAll(() => world?.close());

it('speaks of its public address only, whatever the request claims, and guards its cookies', async () => {
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
