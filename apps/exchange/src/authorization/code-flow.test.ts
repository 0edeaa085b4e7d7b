import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeRequest, fetchTokens, openWorld, SITE, signIn, type World } from './world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

it('leads a person from the client over the sign-in page to tokens', async () => {
  const browser = world.browser();
  const { back, response, tokens } = await fetchTokens(
    world,
    browser,
    codeRequest({ scope: 'openid email', more: { nonce: 'n1' } }),
  );
  expect(back.searchParams.get('state')).toBe('some-state');
  expect(response.statusCode, response.body).toBe(200);
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid email' });
  expect(tokens.refresh_token).toBeTypeOf('string');
  expect(response.headers['access-control-allow-origin']).toBe('*');

  expect(decodeProtectedHeader(tokens.access_token!)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
  expect(decodeJwt(tokens.access_token!)).toMatchObject({
    iss: `${SITE}/o`,
    aud: `${SITE}/FHIR/R5`,
    sub: '10001',
    client_id: 'jhe-portal',
    scope: 'openid email',
    default_scope: 'user/*.cruds',
  });
  expect(decodeProtectedHeader(tokens.id_token!)).toMatchObject({ alg: 'RS256' });
  const identity = decodeJwt(tokens.id_token!);
  expect(identity).toMatchObject({
    iss: `${SITE}/o`,
    aud: 'jhe-portal',
    sub: '10001',
    email: 'Rivera@example.org',
    nonce: 'n1',
  });
  for (const claim of ['iat', 'exp', 'auth_time', 'at_hash', 'jti'])
    expect(identity, claim).toHaveProperty(claim);
  expect(identity.exp! - identity.iat!).toBe(36_000);

  const facts = await world.server.verifyToken(tokens.access_token!);
  expect(facts).toEqual({
    userId: 10_001,
    clientId: 'jhe-portal',
    grants: [{ context: 'user', type: '*', letters: 'cruds' }],
    session: { kind: 'person', grantId: expect.any(String) },
  });
  const { rows } = await world.database.owner.query('select last_login_at from app_user where id = 10001');
  expect(rows[0].last_login_at).toBeInstanceOf(Date);

  // Already signed in: straight through, also for another client of ours.
  const again = await browser.go({ url: codeRequest().url });
  expect(String(again.headers.location)).toMatch(/^http:\/\/localhost:8000\/auth\/callback\?code=/);
  expect(world.faults).toEqual([]);
});

it('asks people before a client that is not ours may act for them, in plain words, and takes no for an answer', async () => {
  const browser = world.browser();
  const request = codeRequest({
    clientId: 'hub',
    redirectUri: 'https://hub.example.org/hub/oauth_callback',
    scope: 'openid email user/Observation.rs nonsense',
  });
  await fetchTokens(world, browser, codeRequest());
  const start = await browser.go({ url: request.url });
  const page = await browser.go({ url: String(start.headers.location) });
  expect(page.body).toContain('Connect Notebook Hub?');
  expect(page.body).toContain('See your e-mail address');
  expect(page.body).toContain('Read health measurements that you may see yourself');
  expect(page.body).not.toContain('nonsense');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");

  const denied = await browser.go({
    method: 'POST',
    url: String(start.headers.location),
    form: { decision: 'deny' },
  });
  const back = await browser.go({ url: String(denied.headers.location) });
  expect(String(back.headers.location)).toContain('error=access_denied');

  const { tokens } = await fetchTokens(world, browser, request);
  expect(tokens.scope).toBe('openid email user/Observation.rs');
  const facts = await world.server.verifyToken(tokens.access_token!);
  expect(facts?.grants).toEqual([{ context: 'user', type: 'Observation', letters: 'rs' }]);
});

const SCOPES: [name: string, scope: string | null, granted: string, grants: string[]][] = [
  ['none means openid', null, 'openid', ['user/*.cruds']],
  ['only unknown ones mean openid', 'wonder whatever', 'openid', ['user/*.cruds']],
  ['offline_access needs no prompt', 'openid offline_access', 'openid offline_access', ['user/*.cruds']],
  ['version 1', 'openid patient/*.read', 'openid patient/*.read', ['patient/*.rs']],
  [
    'a query that is not understood grants nothing, not even the defaults',
    'openid user/Observation.rs?category=laboratory',
    'openid user/Observation.rs?category=laboratory',
    [],
  ],
  [
    'what cannot be kept is left out beside what can',
    'openid user/Observation.rs?category=laboratory user/Patient.r system/*.rs',
    'openid user/Patient.r',
    ['user/Patient.r'],
  ],
  ['system/ is not for people', 'openid system/*.rs', 'openid system/*.rs', []],
];

it.each(SCOPES)('grants scopes: %s', async (_name, scope, granted, grants) => {
  const { tokens } = await fetchTokens(world, world.browser(), codeRequest({ scope }));
  expect(tokens.scope).toBe(granted);
  const facts = await world.server.verifyToken(tokens.access_token!);
  expect(facts?.grants.map(({ context, type, letters }) => `${context}/${type}.${letters}`)).toEqual(grants);
});

it.each([`${SITE}/FHIR/R5`, `${SITE}/FHIR/R5/`, `${SITE}/fhir/r5`, `${SITE}/fhir/r5/`])(
  'accepts %s as aud and as resource',
  async (aud) => {
    for (const more of [
      { aud, launch: '' },
      { resource: aud, launch: 'None' },
    ]) {
      const { tokens } = await fetchTokens(
        world,
        world.browser(),
        codeRequest({ scope: 'openid fhirUser', more }),
      );
      expect(decodeJwt(tokens.access_token!).aud).toBe(`${SITE}/FHIR/R5`);
      expect(decodeJwt(tokens.id_token!).fhirUser).toBe(`${SITE}/FHIR/R5/Practitioner/80001`);
      expect(tokens.profile).toEqual({ reference: 'Practitioner/80001' });
    }
  },
);

const REFUSED: [name: string, request: () => string, error: string][] = [
  [
    'no PKCE',
    () => codeRequest().url.replace(/&code_challenge(_method)?=[^&]*/g, ''),
    'error=invalid_request',
  ],
  ['plain PKCE', () => codeRequest().url.replace('S256', 'plain'), 'error=invalid_request'],
  [
    'implicit',
    () => codeRequest().url.replace('response_type=code', 'response_type=token'),
    'error=unsupported_response_type',
  ],
  [
    'another server as aud',
    () => codeRequest({ more: { aud: 'https://elsewhere.example.org/fhir' } }).url,
    'error=invalid_target',
  ],
];

it.each(REFUSED)('refuses an authorization request: %s', async (_name, url, error) => {
  const answer = await world.browser().go({ url: url() });
  expect(String(answer.headers.location)).toContain(error);
});

it('tells people what a client that asks for no records is registered for', async () => {
  const browser = world.browser();
  const redirectUri = 'https://hub.example.org/hub/oauth_callback';
  const url = codeRequest({ clientId: 'hub', redirectUri, scope: 'openid' }).url;
  const signedIn = await signIn(browser, url, 'rivera@example.org');
  const resumed = await browser.go({ url: String(signedIn.headers.location) });
  const page = await browser.go({ url: String(resumed.headers.location) });
  expect(page.body).toContain('Read all kinds of records that you may see yourself');
});

it('does not let less asked become more granted', async () => {
  const browser = world.browser();
  const redirectUri = 'https://hub.example.org/hub/oauth_callback';
  const narrow = { clientId: 'hub', redirectUri, scope: 'openid user/Observation.rs' };
  const { tokens } = await fetchTokens(world, browser, codeRequest(narrow));
  const form = {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token!,
    client_id: 'hub',
    scope: 'openid',
  };
  const refreshed = await world.request({ method: 'POST', url: '/o/token/', form });
  expect(refreshed.json().scope).toBe('openid');
  expect((await world.server.verifyToken(refreshed.json().access_token))?.grants).toEqual([]);

  // The default scopes were not among what was approved, so they are asked about.
  const wide = codeRequest({ ...narrow, scope: 'openid' });
  expect(String((await browser.go({ url: wide.url })).headers.location)).toContain('/o/interaction/');
  const approved = await fetchTokens(world, browser, wide);
  const facts = await world.server.verifyToken(approved.tokens.access_token!);
  expect(facts?.grants).toEqual([{ context: 'user', type: '*', letters: 'rs' }]);
  expect(String((await browser.go({ url: wide.url })).headers.location)).toContain('code=');
});

it('does not redirect to an address that is not registered', async () => {
  const answer = await world
    .browser()
    .go({ url: codeRequest({ redirectUri: 'https://evil.example.org/' }).url });
  expect(answer.statusCode).toBe(400);
  expect(answer.headers.location).toBeUndefined();
  expect(answer.body).toContain('Wrong return address');
});

it('takes an empty secret from a public client, as JupyterHub sends it', async () => {
  const { response } = await fetchTokens(world, world.browser(), codeRequest(), { client_secret: '' });
  expect(response.statusCode, response.body).toBe(200);
});

it('authenticates a confidential client by its secret, in the body or by Basic', async () => {
  const redirectUri = 'https://broker.example.org/cb';
  const attempt = async (form: Record<string, string>) =>
    (await fetchTokens(world, world.browser(), codeRequest({ clientId: 'broker', redirectUri }), form))
      .response.statusCode;
  expect(await attempt({ client_secret: 'hush-hush' })).toBe(200);
  expect(await attempt({ client_secret: 'wrong' })).toBe(401);
  expect(await attempt({})).toBe(401);
});

it('uses a code once, and only with its verifier and redirect address', async () => {
  const browser = world.browser();
  await fetchTokens(world, browser, codeRequest());
  const request = codeRequest();
  const exchange = async (code: string, change: Record<string, string> = {}) =>
    (
      await world.request({
        method: 'POST',
        url: '/o/token',
        form: {
          grant_type: 'authorization_code',
          code,
          redirect_uri: request.redirectUri,
          client_id: request.clientId,
          code_verifier: request.verifier,
          ...change,
        },
      })
    ).statusCode;
  const answer = await browser.go({ url: request.url });
  const code = new URL(String(answer.headers.location)).searchParams.get('code') ?? '';
  expect(await exchange(code, { code_verifier: 'x'.repeat(43) })).toBe(400);
  expect(await exchange(code, { redirect_uri: 'http://localhost:8000/other' })).toBe(400);
  const both = await Promise.all([exchange(code), exchange(code)]);
  expect(both.sort()).toEqual([200, 400]);
  expect(await exchange(code)).toBe(400);
});

it('tells the app of a patient who the patient is, once they keep their record', async () => {
  const { owner } = world.database;
  await owner.query(
    `update app_user set email_verified = true, password_hash = (select password_hash from app_user where id = 10001)
     where id = 10003`,
  );
  const scope = 'openid fhirUser launch/patient patient/Observation.rs';
  const request = codeRequest({ clientId: 'app', scope });
  const browser = world.browser();
  const signedIn = await signIn(browser, request.url, 'ada@example.org');
  expect(signedIn.statusCode).toBe(303);
  const back = await browser.go({ url: String(signedIn.headers.location) });
  expect(String(back.headers.location)).toContain('code=');
  const { tokens } = await fetchTokens(world, browser, request);
  expect(tokens).not.toHaveProperty('patient');
  await owner.query('update patient set keeper_organization_id = null where id = 40001');
  // Of several records it is one that readings go to, not one that was taken into it.
  await owner.query('insert into patient (id, user_id, absorbed_into) values (39999, 10003, 40001)');
  const { tokens: again } = await fetchTokens(world, browser, codeRequest({ clientId: 'app', scope }));
  expect(again).toMatchObject({ patient: '40001', profile: { reference: 'Patient/40001' } });
});

it('keeps tokens under 3 KB: a scope that is too long is refused, the longest that is not still fits', async () => {
  const scopeOf = (characters: number) => {
    const long = Array.from({ length: 99 }, (_, n) => `user/Observation.rs?code=omh:made-up-measure-${n}`);
    return `openid ${long.join(' ')}`.slice(0, characters).replace(/\S*$/, '').trim();
  };
  const refused = await world.request({ url: codeRequest({ scope: scopeOf(1200) }).url });
  expect(new URL(String(refused.headers.location)).searchParams.get('error')).toBe('invalid_scope');
  const { tokens } = await fetchTokens(world, world.browser(), codeRequest({ scope: scopeOf(1000) }));
  expect(tokens.scope!.length).toBeGreaterThan(900);
  expect(tokens.access_token!.length).toBeLessThan(3000);
});
