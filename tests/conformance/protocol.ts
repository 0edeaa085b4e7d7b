/**
 * The protocol by hand, request by request, for suites that also send what no good client would: nothing here is taken
 * from the exchange, and nothing here checks an answer.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { IdentityWorld } from '../setup/identity-world.ts';
import { type Answers, openPerson, type Person } from '../setup/person.ts';

/** Where the apps of the suites live; nobody listens there. */
export const CALLBACK = 'http://localhost:7125/callback';
export const SECRET = 'a secret that only this test knows';
/** A public app, and a confidential one with SECRET. */
export const PUBLIC = 'suite-public';
export const CONFIDENTIAL = 'suite-confidential';

/** Registers the two apps that every suite uses. */
export async function registerApps(world: IdentityWorld): Promise<void> {
  await world.register({ clientId: PUBLIC, name: 'Public App', redirectUris: [CALLBACK] });
  await world.register({
    clientId: CONFIDENTIAL,
    name: 'Confidential App',
    redirectUris: [CALLBACK],
    secret: SECRET,
  });
}

export type Parameters = Readonly<Record<string, string | undefined>>;

/** As a form or a query; what is undefined is left out. */
export function encode(parameters: Parameters): URLSearchParams {
  return new URLSearchParams(
    Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

export type Authorization = Readonly<{ url: string; verifier: string; state: string }>;

/** A good authorization request; `changes` replaces parameters, undefined leaves one out. */
export function authorization(world: IdentityWorld, changes: Parameters = {}): Authorization {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomUUID();
  const query = encode({
    response_type: 'code',
    client_id: PUBLIC,
    redirect_uri: CALLBACK,
    scope: 'openid fhirUser launch/patient patient/*.rs',
    state,
    aud: world.fhir,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  });
  return { url: `${world.issuer}/authorize/?${query}`, verifier, state };
}

/** The first answer to an authorization request of somebody who is not signed in, and where it leads. */
export async function ask(url: string): Promise<{ status: number; location: URL | null; text: string }> {
  const response = await fetch(url, { redirect: 'manual' });
  const location = response.headers.get('location');
  return {
    status: response.status,
    location: location === null ? null : new URL(location, url),
    text: await response.text(),
  };
}

export type Reply = Readonly<{
  status: number;
  headers: Headers;
  // Whatever was answered; each test says what it expects in it.
  body: Record<string, unknown>;
}>;

/** Posts a form to an endpoint of the server (`token`, `introspect`, `revoke_token`). */
export async function post(
  world: IdentityWorld,
  endpoint: string,
  form: Parameters,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`${world.issuer}/${endpoint}/`, {
    method: 'POST',
    headers,
    body: encode(form),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

export const basic = (clientId: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

/** Exchanges a code; `changes` replaces parameters of the form. */
export const redeem = (
  world: IdentityWorld,
  code: string,
  { verifier }: Pick<Authorization, 'verifier'>,
  changes: Parameters = {},
  headers: Record<string, string> = {},
): Promise<Reply> =>
  post(
    world,
    'token',
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      client_id: PUBLIC,
      code_verifier: verifier,
      ...changes,
    },
    headers,
  );

/** Signs in and allows; where the browser is sent back to. */
export async function authorize(
  request: Pick<Authorization, 'url'>,
  answers: Answers,
  person: Person = openPerson(answers),
): Promise<URL> {
  return person.follow(request.url, CALLBACK);
}

export type Tokens = Readonly<{
  access_token: string;
  refresh_token: string;
  id_token: string;
  scope: string;
  patient?: string;
}>;

/** The whole way of a public app to its tokens; fails with what was answered instead. */
export async function fetchTokens(
  world: IdentityWorld,
  answers: Answers,
  changes: Parameters = {},
): Promise<Tokens> {
  const request = authorization(world, changes);
  const back = await authorize(request, answers);
  const code = back.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${back.search}`);
  const { status, body } = await redeem(world, code, request);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body as unknown as Tokens;
}

export const refresh = (world: IdentityWorld, token: string, changes: Parameters = {}): Promise<Reply> =>
  post(world, 'token', { grant_type: 'refresh_token', refresh_token: token, client_id: PUBLIC, ...changes });

/** GET of the FHIR face with a bearer token. */
export async function readFhir(world: IdentityWorld, path: string, token: string): Promise<Reply> {
  const response = await fetch(`${world.fhir}/${path}`, { headers: { authorization: `Bearer ${token}` } });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

export type Signer = Readonly<{
  jwk: JWK;
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}>;

/** A key pair and JWTs signed with it. */
export async function openSigner(alg: 'RS384' | 'ES384' | 'ES256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const publicJwk = await exportJWK(publicKey);
  const jwk = {
    ...publicJwk,
    alg,
    use: 'sig',
    kid: await calculateJwkThumbprint(publicJwk),
    key_ops: ['verify'],
  };
  return {
    jwk,
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT', kid: jwk.kid, ...header }).sign(privateKey),
  };
}

/** A client assertion (RFC 7523) good for a minute; `changes` replaces claims. */
export function assertion(
  world: IdentityWorld,
  signer: Signer,
  clientId: string,
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: `${world.issuer}/token/`,
    exp: Math.floor(Date.now() / 1000) + 60,
    jti: randomUUID(),
    ...changes,
  };
  return signer.sign(
    Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined)),
    header,
  );
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
