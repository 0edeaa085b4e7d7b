/** Clients of a running exchange as the public knows them: a browser signing in, a plain API caller, a patient's app. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  None,
  randomPKCECodeVerifier,
} from 'openid-client';

/** What an exchange answered; the caller says what it expects the body to be. */
export type Reply<Body> = Readonly<{ status: number; headers: Headers; body: Body }>;

export type Caller = Readonly<{
  site: string;
  token: string;
  /** Calls a path or a whole address; a body goes as JSON. The answer's body is parsed when there is one. */
  call<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Reply<Body>>;
  get<Body = unknown>(path: string): Promise<Reply<Body>>;
  post<Body = unknown>(path: string, body?: unknown): Promise<Reply<Body>>;
  patch<Body = unknown>(path: string, body?: unknown): Promise<Reply<Body>>;
}>;

export function caller(site: string, token: string): Caller {
  const call = async <Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply<Body>> => {
    const response = await fetch(new URL(path, site), {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
    };
  };
  return {
    site,
    token,
    call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
  };
}

/** A practitioner at the sign-in page: code with PKCE through a certified client. */
export async function signIn(site: string, email: string, password = 'Jhe1234!'): Promise<Caller> {
  const client = await discovery(new URL(`${site}/o`), 'jhe-portal', undefined, None(), {
    execute: [allowInsecureRequests],
  });
  const verifier = randomPKCECodeVerifier();
  const request = buildAuthorizationUrl(client, {
    redirect_uri: `${site}/auth/callback`,
    scope: 'openid',
    state: 's',
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const browse = cookieFetch();
  const page = await follow(await browse(request), site);
  const form = new URLSearchParams({ email, password });
  const resume = await follow(await browse(page, { method: 'POST', body: form }), site);
  const back = await follow(await browse(resume), site);
  const tokens = await authorizationCodeGrant(client, back, {
    pkceCodeVerifier: verifier,
    expectedState: 's',
    idTokenExpected: true,
  });
  return caller(site, tokens.access_token);
}

async function follow(response: Response, site: string): Promise<URL> {
  const location = response.headers.get('location');
  if (location === null) throw new Error(`no redirect: ${response.status} ${await response.text()}`);
  return new URL(location, site);
}

/** Keeps cookies by name, as far as one sign-in needs it; follows nothing by itself. */
function cookieFetch(): (url: URL, init?: RequestInit) => Promise<Response> {
  const jar = new Map<string, { value: string; path: string }>();
  return async (url, init) => {
    const cookie = [...jar]
      .filter(([, kept]) => url.pathname.startsWith(kept.path))
      .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
      .join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      const path = /;\s*path=([^;]*)/i.exec(set)?.[1] ?? '/';
      if (value === '') jar.delete(`${name} ${path}`);
      else jar.set(`${name} ${path}`, { value, path });
    }
    return response;
  };
}

export type Grant = { grant_type: string; redirect_uri: string; client_id: string; code: string };
export type Tokens = { access_token: string; refresh_token?: string; id_token?: string; scope: string };

/**
 * A patient's app opened by an invitation link: takes HOST_TOKEN from the link, redeems it, and exchanges the code
 * with the verifier derived from the token.
 */
export async function openInvitation(link: string): Promise<Caller & { tokens: Tokens }> {
  const url = new URL(link);
  const code = url.searchParams.get('invitation') ?? decodeURIComponent(url.pathname.split('/').at(-1)!);
  const split = code.lastIndexOf('_');
  const [host, token] = [code.slice(0, split), code.slice(split + 1)];
  const site = `http://${host}`;
  const redeemed = await caller(site, '').post<{ grant: Grant; token_endpoint: string; expires: string }>(
    `/api/v1/invitation/${token}`,
  );
  if (redeemed.status !== 200) throw new Error(`redeeming: ${JSON.stringify(redeemed.body)}`);
  const { grant, token_endpoint } = redeemed.body;
  const verifier = Buffer.from(token).toString('base64url');
  const response = await fetch(token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ ...grant, code_verifier: verifier }),
  });
  const tokens = (await response.json()) as Tokens;
  if (!response.ok) throw new Error(`token endpoint: ${JSON.stringify(tokens)}`);
  return { ...caller(site, tokens.access_token), tokens };
}
