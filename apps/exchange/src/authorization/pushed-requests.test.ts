/** Ways in besides a plain address: pushed requests (RFC 9126), posted ones, and what comes back with a code (RFC 9207). */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeRequest, openWorld, SITE, signIn, type World } from './world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const paramsOf = ({ url }: { url: string }) => Object.fromEntries(new URL(url, SITE).searchParams);
const push = (form: Record<string, string>) => world.request({ method: 'POST', url: '/o/par/', form });

/** Signs in from an authorization address to the client's own, with the query it comes back with. */
async function arrive(url: string): Promise<URLSearchParams> {
  const browser = world.browser();
  let answer = await signIn(browser, url, 'rivera@example.org');
  while (!String(answer.headers.location).startsWith(`${SITE}/auth/callback`)) {
    answer = await browser.go({ url: String(answer.headers.location) });
    expect(answer.statusCode, answer.body).toBe(303);
  }
  return new URL(String(answer.headers.location)).searchParams;
}
const exchange = async (code: string, request: ReturnType<typeof codeRequest>) =>
  world.request({
    method: 'POST',
    url: '/o/token/',
    form: {
      grant_type: 'authorization_code',
      code,
      redirect_uri: request.redirectUri,
      client_id: request.clientId,
      code_verifier: request.verifier,
    },
  });

it('takes a pushed request, once, with scopes read as leniently as elsewhere', async () => {
  const request = codeRequest({ scope: 'openid email offline_access nonsense user/Observation.rs' });
  const pushed = await push({ ...paramsOf(request), launch: 'None' });
  expect(pushed.statusCode, pushed.body).toBe(201);
  const { request_uri: uri, expires_in: seconds } = pushed.json();
  expect(seconds).toBe(60);
  const url = `/o/authorize/?${new URLSearchParams({ client_id: 'jhe-portal', request_uri: uri })}`;
  const back = await arrive(url);
  expect(back.get('state')).toBe('some-state');
  expect(back.get('iss')).toBe(`${SITE}/o`);
  const reply = await exchange(back.get('code') ?? '', request);
  expect(reply.statusCode, reply.body).toBe(200);
  const scopes = reply.json().scope.split(' ');
  expect(scopes).toEqual(
    expect.arrayContaining(['openid', 'email', 'offline_access', 'user/Observation.rs']),
  );
  expect(scopes).not.toContain('nonsense');
  expect(reply.json().refresh_token).toEqual(expect.any(String));

  const twice = await world.request({ url });
  expect(new URL(String(twice.headers.location)).searchParams.get('error')).toBe('invalid_request_uri');
});

const BAD_PUSHES: [name: string, status: number, error: string, change: Record<string, string>][] = [
  ['another address to return to', 400, 'invalid_request', { redirect_uri: 'https://evil.example.org/' }],
  ['no PKCE', 400, 'invalid_request', { code_challenge: '', code_challenge_method: '' }],
  ['plain PKCE (H-50)', 400, 'invalid_request', { code_challenge_method: 'plain' }],
  ['an unknown client', 401, 'invalid_client', { client_id: 'nobody' }],
  ['another server', 400, 'invalid_target', { aud: 'https://other.example.org/fhir' }],
  ['a confidential client without its secret', 401, 'invalid_client', { client_id: 'broker' }],
];
it.each(BAD_PUSHES)('refuses to take a pushed request with %s', async (_name, status, error, change) => {
  const form = Object.fromEntries(
    Object.entries({ ...paramsOf(codeRequest()), ...change }).filter(([, value]) => value !== ''),
  );
  const reply = await push(form);
  expect(reply.statusCode, reply.body).toBe(status);
  expect(reply.json()).toMatchObject({ error });
});

it('takes a posted request as if it had come by address', async () => {
  const request = codeRequest({ scope: 'openid', more: { nonce: 'a b&c' } });
  const posted = await world.request({
    method: 'POST',
    url: '/o/authorize',
    form: paramsOf(request),
    headers: { origin: 'https://app.example.org' },
  });
  expect(posted.statusCode).toBe(303);
  const location = String(posted.headers.location);
  expect(Object.fromEntries(new URL(location, SITE).searchParams)).toEqual(paramsOf(request));
  const back = await arrive(location.replace(SITE, ''));
  expect((await exchange(back.get('code') ?? '', request)).statusCode).toBe(200);
});

it('refuses a posted request that is too long for an address', async () => {
  const request = codeRequest({ more: { nonce: 'x'.repeat(5000) } });
  const posted = await world.request({ method: 'POST', url: '/o/authorize/', form: paramsOf(request) });
  expect(posted.statusCode).toBe(414);
  expect(posted.json()).toMatchObject({ error: 'invalid_request' });
});

it('answers by form where a client asks for that, with the one script its page needs', async () => {
  const request = codeRequest({ more: { response_mode: 'form_post' } });
  const browser = world.browser();
  let answer = await signIn(browser, request.url, 'rivera@example.org');
  while (answer.statusCode === 303) answer = await browser.go({ url: String(answer.headers.location) });
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toContain(`action="${SITE}/auth/callback"`);
  expect(String(answer.headers['content-security-policy'])).toMatch(/script-src [^;]*'sha256-/);
  expect(String(answer.headers['content-security-policy'])).not.toContain('unsafe-inline');
});
