/** RFC 9700 (OAuth 2.0 Security Best Current Practice): redirects, pages and what they give away. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld } from '../../setup/identity-world.ts';
import { openPerson } from '../../setup/person.ts';
import { ask, authorization, authorize, CALLBACK, redeem, registerApps } from '../protocol.ts';

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
  await world.register({ clientId: 'suite-native', redirectUris: ['http://127.0.0.1/callback'] });
  await world.register({ clientId: 'suite-many', redirectUris: [CALLBACK, 'https://app.example.org/cb'] });
});
afterAll(() => world?.close());

test.each([
  `${CALLBACK}/`,
  `${CALLBACK}?`,
  `${CALLBACK}#fragment`,
  CALLBACK.replace('callback', 'Callback'),
  CALLBACK.replace('callback', '%63allback'),
  CALLBACK.replace('/callback', '/./callback'),
  CALLBACK.replace('http:', 'https:'),
  CALLBACK.replace('localhost', 'LOCALHOST.'),
  CALLBACK.replace('http://', 'http://user@'),
  CALLBACK.replace('7125', '7126'),
  `${CALLBACK}%00`,
  'https://app.example.org/cb',
  'javascript:alert(1)',
  '//localhost:7125/callback',
])('2.1, 4.1.3 Redirect addresses are compared character by character: %s is none', async (redirect_uri) => {
  const { status, location, text } = await ask(authorization(world, { redirect_uri }).url);
  expect([status, location]).toEqual([400, null]);
  // What was sent is not put into the page: it could be anything.
  expect(text).not.toContain('alert(1)');
});

test('2.1, 4.1.3: the one exception is the port of an app on this computer (RFC 8252, section 7.3)', async () => {
  const good = await ask(
    authorization(world, { client_id: 'suite-native', redirect_uri: 'http://127.0.0.1:51234/callback' }).url,
  );
  const path = await ask(
    authorization(world, { client_id: 'suite-native', redirect_uri: 'http://127.0.0.1:51234/other' }).url,
  );
  expect(path).toMatchObject({ status: 400, location: null });
  // Whether it is served depends on the kind of app; either way nothing is sent to an address that does not match.
  expect([400, 302, 303]).toContain(good.status);
});

test('4.1.3: two redirect addresses in one request are refused', async () => {
  const { url } = authorization(world, { client_id: 'suite-many' });
  const { location, status } = await ask(
    `${url}&redirect_uri=${encodeURIComponent('https://app.example.org/cb')}`,
  );
  expect(location).toBeNull();
  expect(status).toBe(400);
});

test('4.11.2 Our server is no open redirector: errors go to registered addresses only', async () => {
  for (const changes of [
    { redirect_uri: 'https://evil.example.org/', response_type: 'token' },
    { redirect_uri: 'https://evil.example.org/', scope: 'nonsense' },
    { redirect_uri: 'https://evil.example.org/', client_id: 'nobody-we-know' },
    { redirect_uri: 'https://evil.example.org/', prompt: 'none' },
  ])
    expect((await ask(authorization(world, changes).url)).location).toBeNull();
});

test('4.11.2 Signing out leads to registered addresses only', async () => {
  const response = await fetch(
    `${world.issuer}/logout/?client_id=suite-public&post_logout_redirect_uri=${encodeURIComponent('https://evil.example.org/')}`,
    { redirect: 'manual' },
  );
  expect(response.headers.get('location')).toBeNull();
  expect(await response.text()).not.toContain('evil.example.org');
});

test('4.12 After the password the browser is sent on with 303, never with 307 or 308 that would send it along', async () => {
  const request = authorization(world);
  const person = openPerson(ADA);
  const start = await person.visit(request.url);
  const page = new URL(start.headers.get('location')!, request.url);
  await person.visit(page);
  const answer = await person.visit(page, {
    method: 'POST',
    form: [
      ['email', ADA.email],
      ['password', ADA.password],
    ],
  });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).not.toContain(ADA.password);
  const resumed = await person.visit(new URL(answer.headers.get('location')!, page));
  expect([302, 303]).toContain(resumed.status);
});

test('4.2.4, 4.3, 4.16 Pages give no referrer, are not kept, run no scripts of others, and cannot be framed', async () => {
  const request = authorization(world);
  const person = openPerson(ADA);
  const start = await person.visit(request.url);
  const page = await person.visit(new URL(start.headers.get('location')!, request.url));
  const fault = await fetch(authorization(world, { client_id: 'nobody-we-know' }).url);
  for (const { headers } of [page, fault]) {
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
  const html = await page.text();
  // Nothing is loaded from anywhere else, so no address with a code in it is given away.
  expect(html.match(/(src|href)="https?:\/\/(?!localhost)[^"]*"/g)).toBeNull();
});

test('4.3 No token stands in an address: the answer carries a code alone, in the query or a form', async () => {
  const request = authorization(world);
  const back = await authorize(request, ADA);
  expect(back.hash).toBe('');
  expect([...back.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
  const { body } = await redeem(world, back.searchParams.get('code')!, request);
  // Nor is one taken from there (RFC 6750, section 2.3 is not served).
  const byQuery = await fetch(`${world.fhir}/Patient?access_token=${body.access_token}`);
  expect(byQuery.status).toBe(401);
});

test('4.4.2 Mix-up: every answer names its server with iss, faults as well (RFC 9207)', async () => {
  const good = await authorize(authorization(world), ADA);
  const bad = await ask(authorization(world, { code_challenge: undefined }).url);
  const denied = await authorize(authorization(world), { ...ADA, allows: false });
  for (const back of [good, bad.location!, denied]) expect(back.searchParams.get('iss')).toBe(world.issuer);
  const metadata = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    unknown
  >;
  expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
});

test('4.7 Cross-site request forgery: a form of ours is not taken from another site', async () => {
  const request = authorization(world);
  const person = openPerson(ADA);
  const start = await person.visit(request.url);
  const page = new URL(start.headers.get('location')!, request.url);
  const cookies = start.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  for (const headers of [{ origin: 'https://evil.example.org' }, { 'sec-fetch-site': 'cross-site' }]) {
    const forged = await fetch(page, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...headers, cookie: cookies },
      body: new URLSearchParams({ email: ADA.email, password: ADA.password }),
    });
    expect([forged.status, forged.headers.get('location')]).toEqual([403, null]);
  }
});

test('4.7 Cookies are for us alone: HttpOnly, SameSite, and an interaction belongs to the browser that began it', async () => {
  const request = authorization(world);
  const start = await fetch(request.url, { redirect: 'manual' });
  for (const line of start.headers.getSetCookie()) {
    expect(line).toMatch(/httponly/i);
    expect(line).toMatch(/samesite=(lax|strict)/i);
  }
  const page = new URL(start.headers.get('location')!, request.url);
  const stranger = await openPerson(ADA).visit(page);
  expect(stranger.status).toBe(400);
});

test('4.17 Answers in the background: nothing is posted to whoever opened the window', async () => {
  const request = authorization(world, { response_mode: 'web_message' });
  const { status, location, text } = await ask(request.url);
  expect(text).not.toContain('postMessage');
  if (location !== null) expect(location.searchParams.get('error')).toBeTruthy();
  else expect(status).toBeGreaterThanOrEqual(400);
});

test('4.16 form_post answers cannot be framed and run only their own script', async () => {
  const request = authorization(world, { response_mode: 'form_post', prompt: 'none' });
  const response = await fetch(request.url, { redirect: 'manual' });
  expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
});
