/** SMART App Launch 2.2, section 2.1 and 7 "Considerations for Cross-Origin Resource Sharing (CORS) support". */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld } from '../../setup/identity-world.ts';
import { CALLBACK, fetchTokens, registerApps, type Tokens } from '../protocol.ts';

const APP = new URL(CALLBACK).origin;
const EXTRA = 'https://app.example.org';
const STRANGER = 'https://evil.example.org';

let world: IdentityWorld;
let tokens: Tokens;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
  await world.register({
    clientId: 'suite-cors',
    redirectUris: ['com.example.app:/back'],
    allowedOrigins: [EXTRA],
  });
  tokens = await fetchTokens(world, ADA);
});
afterAll(() => world?.close());

const preflight = (url: string, origin: string, method = 'GET') =>
  fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization',
    },
  });

const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

test.each(['.well-known/smart-configuration', 'metadata'])('7 CORS: anybody may read %s', async (path) => {
  const response = await fetch(`${world.fhir}/${path}`, { headers: { origin: STRANGER } });
  expect(allowed(response)).toBe('*');
});

test('7 CORS: apps may call the token endpoint, also with a preflight', async () => {
  const response = await preflight(`${world.issuer}/token/`, STRANGER, 'POST');
  expect(response.status).toBe(204);
  expect(allowed(response)).toBe('*');
  expect(response.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
});

test.each([APP, EXTRA])('H-39, 7 CORS: the FHIR API answers a registered origin (%s)', async (origin) => {
  for (const path of [`Patient/${ADA.patient}`, `Observation?patient=${ADA.patient}&_count=1`]) {
    const asked = await preflight(`${world.fhir}/${path}`, origin);
    expect([asked.status, allowed(asked)]).toEqual([204, origin]);
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
    const response = await fetch(`${world.fhir}/${path}`, {
      headers: { origin, authorization: `Bearer ${tokens.access_token}` },
    });
    expect([response.status, allowed(response)]).toEqual([200, origin]);
    expect(response.headers.get('vary')).toMatch(/origin/i);
  }
});

test('H-39: so does the Admin API', async () => {
  const url = `${world.site}/api/v1/users/profile`;
  expect(allowed(await preflight(url, APP, 'PATCH'))).toBe(APP);
  const response = await fetch(url, {
    headers: { origin: APP, authorization: `Bearer ${tokens.access_token}` },
  });
  expect(allowed(response)).toBe(APP);
});

test('H-39: a refusal can be read by the app as well', async () => {
  const response = await fetch(`${world.fhir}/Patient`, { headers: { origin: APP } });
  expect([response.status, allowed(response)]).toEqual([401, APP]);
  expect(response.headers.get('access-control-expose-headers')).toMatch(/www-authenticate/i);
});

test.each([STRANGER, `${APP}.example.org`, 'null', APP.replace('7125', '712')])(
  'H-39: the APIs say nothing to an origin that is not registered (%s)',
  async (origin) => {
    for (const url of [`${world.fhir}/Patient`, `${world.site}/api/v1/users/profile`]) {
      expect(allowed(await preflight(url, origin))).toBeNull();
      const response = await fetch(url, {
        headers: { origin, authorization: `Bearer ${tokens.access_token}` },
      });
      expect(allowed(response)).toBeNull();
    }
  },
);

test('H-39: no reply allows credentials: a cookie means nothing there', async () => {
  for (const url of [`${world.fhir}/Patient`, `${world.issuer}/token/`, `${world.site}/api/v1/users/profile`])
    expect((await preflight(url, APP)).headers.get('access-control-allow-credentials')).toBeNull();
});

test('H-39: pages that work with cookies are open to no other origin', async () => {
  const response = await fetch(`${world.issuer}/authorize/`, {
    headers: { origin: APP },
    redirect: 'manual',
  });
  expect(allowed(response)).toBeNull();
});
