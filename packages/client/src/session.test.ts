import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AttemptStorage, createSession } from './session.ts';

const origin = 'http://localhost:8000';
const issuer = `${origin}/o`;

/** An authorization server without a network: it issues what it is asked for and remembers what it was sent. */
let asked: URLSearchParams[];
let nonce: string;
let expiresIn: number;
let tokenStatus: number;

const segment = (value: object) =>
  btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');

function answer(url: string, init?: RequestInit): Response {
  if (url.endsWith('/.well-known/openid-configuration')) {
    return Response.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize/`,
      token_endpoint: `${issuer}/token/`,
      end_session_endpoint: `${issuer}/logout/`,
    });
  }
  const form = new URLSearchParams(String(init?.body));
  asked.push(form);
  if (tokenStatus !== 200) return Response.json({ error: 'invalid_grant' }, { status: tokenStatus });
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'jhe-portal', sub: '10002', iat: now, exp: now + 600, nonce };
  return Response.json({
    access_token: `access ${asked.length}`,
    refresh_token: `refresh ${asked.length}`,
    token_type: 'Bearer',
    expires_in: expiresIn,
    id_token: `${segment({ alg: 'RS256' })}.${segment(claims)}.${btoa('signature')}`,
  });
}

function open() {
  const stored = new Map<string, string>();
  const storage: AttemptStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
    removeItem: (key) => void stored.delete(key),
  };
  const session = createSession({
    origin,
    clientId: 'jhe-portal',
    redirectUri: `${origin}/auth/callback`,
    afterSignOutUri: `${origin}/`,
    storage,
  });
  return { session, stored };
}

async function signIn(returnPath = '/portal/patients?q=a') {
  const opened = open();
  const url = await opened.session.beginSignIn(returnPath);
  nonce = url.searchParams.get('nonce') ?? '';
  const callback = new URL(`${origin}/auth/callback?code=c1&state=${url.searchParams.get('state')}`);
  return { ...opened, url, callback };
}

beforeEach(() => {
  [asked, nonce, expiresIn, tokenStatus] = [[], '', 3600, 200];
  vi.stubGlobal('fetch', async (url: string | URL, init?: RequestInit) => answer(String(url), init));
});
afterEach(() => vi.unstubAllGlobals());

test('a sign-in asks with S256 and ends where it began, with nothing left in storage', async () => {
  const { session, stored, url, callback } = await signIn();
  expect(`${url.origin}${url.pathname}`).toBe(`${issuer}/authorize/`);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    client_id: 'jhe-portal',
    redirect_uri: `${origin}/auth/callback`,
    scope: 'openid',
    response_type: 'code',
    code_challenge_method: 'S256',
  });
  expect(await session.accessToken()).toBeNull();
  expect(await session.finishSignIn(callback)).toBe('/portal/patients?q=a');
  expect(asked[0]?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  expect([await session.accessToken(), session.subject()]).toEqual(['access 1', '10002']);
  expect([...stored.keys()]).toEqual([]);
});

test('a return path to another site leads to the start', async () => {
  for (const path of ['//evil.example', '/\\evil.example', 'https://evil.example']) {
    const { session, callback } = await signIn(path);
    expect(await session.finishSignIn(callback)).toBe('/');
  }
});

test('an answer that is not to our question is refused, and the question is forgotten', async () => {
  const { session, callback } = await signIn();
  callback.searchParams.set('state', 'another');
  await expect(session.finishSignIn(callback)).rejects.toThrow();
  await expect(session.finishSignIn(callback)).rejects.toThrow('No sign-in was begun');
  expect(asked).toEqual([]);
});

test('an identity token for another sign-in is refused', async () => {
  const { session, callback } = await signIn();
  nonce = 'another';
  await expect(session.finishSignIn(callback)).rejects.toThrow();
  expect(await session.accessToken()).toBeNull();
});

test('a token about to end is renewed once for all who ask', async () => {
  expiresIn = 10;
  const { session, callback } = await signIn();
  await session.finishSignIn(callback);
  expiresIn = 3600;
  const tokens = await Promise.all([session.accessToken(), session.accessToken(), session.accessToken()]);
  expect(tokens).toEqual(['access 2', 'access 2', 'access 2']);
  expect(asked.map((form) => form.get('grant_type'))).toEqual(['authorization_code', 'refresh_token']);
});

test('a refused renewal ends the session', async () => {
  const { session, callback } = await signIn();
  await session.finishSignIn(callback);
  tokenStatus = 400;
  expect(await session.refresh()).toBe(false);
  expect(await session.accessToken()).toBeNull();
});

test('a token that ended without a network is no session that ended: it goes on when there is one', async () => {
  expiresIn = 0;
  const { session, callback } = await signIn();
  await session.finishSignIn(callback);
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('Failed to fetch');
  });
  await expect(session.accessToken()).rejects.toMatchObject({ fault: { kind: 'unavailable', status: 0 } });
  expiresIn = 3600;
  vi.stubGlobal('fetch', async (url: string | URL, init?: RequestInit) => answer(String(url), init));
  expect(await session.accessToken()).toBe('access 2');
});

test('signing out forgets the tokens and names the way back', async () => {
  const { session, callback } = await signIn();
  await session.finishSignIn(callback);
  const url = await session.signOut();
  expect(url.pathname).toBe('/o/logout/');
  expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${origin}/`);
  expect(url.searchParams.get('id_token_hint')).toContain('.');
  expect(await session.accessToken()).toBeNull();
});
