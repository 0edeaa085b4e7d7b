/** SMART App Launch 2.2, section 2.1: an app that starts by itself asks for a code and exchanges it. */
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADA, type IdentityWorld, openIdentityWorld, RIVERA } from '../../setup/identity-world.ts';
import { openPerson } from '../../setup/person.ts';
import { privateKeys } from '../../setup/tokens.ts';
import {
  ask,
  authorization,
  authorize,
  CALLBACK,
  encode,
  fetchTokens,
  PUBLIC,
  readFhir,
  redeem,
  registerApps,
} from '../protocol.ts';

const RIVERA_CHOOSING = { ...RIVERA, patient: ADA.patient };

let world: IdentityWorld;
beforeAll(async () => {
  world = await openIdentityWorld();
  await registerApps(world);
});
afterAll(() => world?.close());

const errorAt = (back: URL) => Object.fromEntries(back.searchParams);

test('2.1 Obtain authorization code: a good request leads over our pages back to the app, with code and state', async () => {
  const request = authorization(world);
  const person = openPerson(ADA);
  const back = await authorize(request, ADA, person);
  expect(back.searchParams.get('code')).toMatch(/^.{20,}$/);
  expect(back.searchParams.get('state')).toBe(request.state);
  expect(person.pages).toEqual(['Sign in', 'Connect Public App?']);
});

test('2.1 Obtain authorization code: the request may be posted (capability authorize-post)', async () => {
  const request = authorization(world);
  const [endpoint = '', query = ''] = request.url.split('?');
  const posted = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams(query),
    redirect: 'manual',
  });
  expect([302, 303]).toContain(posted.status);
  const back = await openPerson(ADA).follow(new URL(posted.headers.get('location')!, endpoint), CALLBACK);
  expect(back.searchParams.get('state')).toBe(request.state);
});

test.each([
  ['another server', 'https://elsewhere.example.org/fhir'],
  ['a longer path of ours', (fhir: string) => `${fhir}/Patient`],
  [
    'our host below another',
    (fhir: string) => fhir.replace('http://localhost', 'http://localhost.example.org'),
  ],
  ['no address', 'fhir'],
])('2.1 Obtain authorization code: aud that names %s is refused, and the app is told', async (_name, aud) => {
  const request = authorization(world, { aud: typeof aud === 'string' ? aud : aud(world.fhir) });
  const { location } = await ask(request.url);
  expect(location?.href).toMatch(new RegExp(`^${CALLBACK}\\?`));
  expect(errorAt(location!)).toMatchObject({ error: 'invalid_target', state: request.state });
  expect(location!.searchParams.has('code')).toBe(false);
});

test.each(['', '/'])(
  '2.1 Obtain authorization code: aud is the FHIR base; "%s" at its end does not matter',
  async (end) => {
    for (const base of [world.fhir, world.fhir.replace('/FHIR/R5', '/fhir/r5')]) {
      const tokens = await fetchTokens(world, ADA, { aud: `${base}${end}` });
      expect(tokens.patient).toBe(String(ADA.patient));
    }
  },
);

test.each([
  ['not registered', 'https://evil.example.org/callback'],
  ['registered, with more behind it', `${CALLBACK}/more`],
  ['registered, with a query', `${CALLBACK}?next=1`],
])(
  '2.1 Obtain authorization code: a redirect address that is %s is answered with a page, never a redirect',
  async (_name, uri) => {
    const { status, location, text } = await ask(authorization(world, { redirect_uri: uri }).url);
    expect(location).toBeNull();
    expect(status).toBe(400);
    expect(text).not.toContain('evil.example.org');
  },
);

test('2.1 Obtain authorization code: an unknown client is answered with a page, never a redirect', async () => {
  const { status, location } = await ask(authorization(world, { client_id: 'nobody-we-know' }).url);
  expect(location).toBeNull();
  expect(status).toBeGreaterThanOrEqual(400);
});

test.each([
  ['no code_challenge', { code_challenge: undefined, code_challenge_method: undefined }],
  ['the method plain', { code_challenge_method: 'plain' }],
  ['no method, which would mean plain', { code_challenge_method: undefined }],
  ['a code_challenge that is none', { code_challenge: 'short' }],
])('2.1 PKCE: a request with %s is refused', async (_name, changes) => {
  const request = authorization(world, changes);
  const { location } = await ask(request.url);
  expect(errorAt(location!)).toMatchObject({ error: 'invalid_request', state: request.state });
});

test('2.1 PKCE: a confidential client needs it as well', async () => {
  const { location } = await ask(
    authorization(world, {
      client_id: 'suite-confidential',
      code_challenge: undefined,
      code_challenge_method: undefined,
    }).url,
  );
  expect(errorAt(location!).error).toBe('invalid_request');
});

test.each([
  ['another one', { code_verifier: 'x'.repeat(43) }],
  ['none', { code_verifier: undefined }],
])('2.1 Obtain access token: %s as code_verifier is refused', async (_name, changes) => {
  const request = authorization(world);
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  const { status, body } = await redeem(world, code, request, changes);
  expect(status).toBe(400);
  expect(body.error).toMatch(/^invalid_(grant|request)$/);
  expect(body).not.toHaveProperty('access_token');
});

test('2.1 Obtain authorization code: state comes back as it was sent, character by character', async () => {
  const state = 'a b+c/d=é&"<>';
  const back = await authorize(authorization(world, { state }), ADA);
  expect(back.searchParams.get('state')).toBe(state);
});

test('2.1 Obtain authorization code: a person who says no is sent back with access_denied and state', async () => {
  const request = authorization(world);
  const back = await authorize(request, { ...ADA, allows: false });
  expect(errorAt(back)).toMatchObject({ error: 'access_denied', state: request.state });
});

test('2.1 Obtain authorization code: what a person unticks is not granted, and the app is told what is', async () => {
  const request = authorization(world, {
    scope: 'openid launch/patient patient/Patient.rs patient/Observation.rs',
  });
  const back = await authorize(request, { ...ADA, untick: ['patient/Observation.rs'] });
  const { body } = await redeem(world, back.searchParams.get('code')!, request);
  expect(String(body.scope).split(' ')).toContain('patient/Patient.rs');
  expect(String(body.scope).split(' ')).not.toContain('patient/Observation.rs');
  expect(
    (await readFhir(world, `Observation?patient=${ADA.patient}`, String(body.access_token))).status,
  ).toBe(403);
});

test('2.1 Obtain access token: the reply is JSON with access_token, token_type, expires_in and scope, and is not kept', async () => {
  const request = authorization(world);
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  const { status, headers, body } = await redeem(world, code, request);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('cache-control')).toContain('no-store');
  expect(body).toMatchObject({ token_type: 'Bearer', patient: String(ADA.patient) });
  expect(body.access_token).toBeTypeOf('string');
  expect(body.expires_in).toBeGreaterThan(0);
  // Recommended: no longer than an hour.
  expect(body.expires_in).toBeLessThanOrEqual(3600);
  expect(String(body.scope).split(' ').sort()).toEqual([
    'fhirUser',
    'launch/patient',
    'openid',
    'patient/*.rs',
  ]);
});

test('2.1 Obtain access token: a code counts once', async () => {
  const request = authorization(world);
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  expect((await redeem(world, code, request)).status).toBe(200);
  const { status, body } = await redeem(world, code, request);
  expect([status, body.error]).toEqual([400, 'invalid_grant']);
});

test.each([
  ['another redirect address', { redirect_uri: `${CALLBACK}/other` }],
  ['another client', { client_id: 'jhe-portal' }],
  ['a code that nobody issued', { code: 'made-up' }],
])('2.1 Obtain access token: %s is refused with invalid_grant', async (_name, changes) => {
  const request = authorization(world);
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  const { status, body } = await redeem(world, code, request, changes);
  expect([status, body.error]).toEqual([400, 'invalid_grant']);
});

test('2.1 Access FHIR API: the token reads the patient in context, over both spellings of the base', async () => {
  const tokens = await fetchTokens(world, ADA);
  expect((await readFhir(world, `Patient/${ADA.patient}`, tokens.access_token)).body).toMatchObject({
    resourceType: 'Patient',
    id: String(ADA.patient),
  });
  const other = await fetch(`${world.site}/fhir/r5/Patient/${ADA.patient}`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(other.status).toBe(200);
});

test.each([
  ['no token', undefined],
  ['not a token', 'Bearer nonsense'],
  ['another scheme', 'Basic bm90OmhlcmU='],
  ['an ID token', 'id'],
  ['a refresh token', 'refresh'],
  ['a token whose last character was changed', 'changed'],
])('2.1 Access FHIR API: %s is answered 401 with WWW-Authenticate', async (_name, header) => {
  const tokens = await fetchTokens(world, ADA, {
    scope: 'openid launch/patient patient/*.rs offline_access',
  });
  const { access_token: token } = tokens;
  const broken = `${token.slice(0, -10)}${token.at(-10) === 'A' ? 'B' : 'A'}${token.slice(-9)}`;
  const value =
    {
      id: `Bearer ${tokens.id_token}`,
      refresh: `Bearer ${tokens.refresh_token}`,
      changed: `Bearer ${broken}`,
    }[header ?? ''] ?? header;
  const response = await fetch(`${world.fhir}/Patient`, {
    headers: value === undefined ? {} : { authorization: value },
  });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
  expect(await response.json()).toMatchObject({ resourceType: 'OperationOutcome' });
});

test('2.1 Access FHIR API: a token that has expired is answered 401', async () => {
  await world.register({ clientId: 'suite-minute', redirectUris: [CALLBACK], accessTokenSeconds: 60 });
  const request = authorization(world, { client_id: 'suite-minute' });
  const code = (await authorize(request, ADA)).searchParams.get('code')!;
  const { body } = await redeem(world, code, request, { client_id: 'suite-minute' });
  expect(body.expires_in).toBe(60);
  const good = String(body.access_token);
  expect((await readFhir(world, `Patient/${ADA.patient}`, good)).status).toBe(200);

  // The same token of a while ago, signed by the server's own key: nobody has to wait.
  const { kid = '', alg = '' } = decodeProtectedHeader(good);
  const key = (await privateKeys(world.database)).find((one) => one.kid === kid);
  const sign = async (claims: JWTPayload) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'at+jwt' }).sign(await importJWK(key!, alg));
  const claims = decodeJwt(good);
  const past = { ...claims, iat: claims.iat! - 120, exp: claims.exp! - 120 };
  expect((await readFhir(world, `Patient/${ADA.patient}`, await sign(claims))).status).toBe(200);
  const { status, headers } = await readFhir(world, `Patient/${ADA.patient}`, await sign(past));
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
});

test('2.2 Scopes for requesting identity data: the ID token is signed with a published key, for this app, with fhirUser', async () => {
  const tokens = await fetchTokens(world, RIVERA_CHOOSING, { nonce: 'n-once' });
  const keys = createRemoteJWKSet(new URL(`${world.issuer}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(tokens.id_token, keys, { issuer: world.issuer, audience: PUBLIC });
  expect(payload).toMatchObject({
    nonce: 'n-once',
    fhirUser: `${world.fhir}/Practitioner/${RIVERA.practitioner}`,
  });
  expect(decodeProtectedHeader(tokens.id_token).alg).toBe('RS256');
});

test('2.2 Scopes for requesting identity data: fhirUser is not told to an app that did not ask for it', async () => {
  const tokens = await fetchTokens(world, ADA, { scope: 'openid launch/patient patient/*.rs' });
  expect(decodeJwt(tokens.id_token)).not.toHaveProperty('fhirUser');
});

test('2.1 Obtain authorization code: unknown parameters are passed over', async () => {
  const request = authorization(world);
  const back = await openPerson(ADA).follow(`${request.url}&${encode({ wonder: 'what' })}`, CALLBACK);
  expect(back.searchParams.has('code')).toBe(true);
});
