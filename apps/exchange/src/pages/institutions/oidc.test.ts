import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type Browser,
  codeRequest,
  openWorld,
  SITE,
  type World,
} from '../../authorization/world.test-data.ts';

/** What the institution does with the next code: everything is right unless said otherwise. */
type Behaviour = {
  claims?: JWTPayload;
  userinfo?: Record<string, unknown>;
  wrongKey?: boolean;
  redirectsToken?: boolean;
};

/** An OpenID provider with just the parts that a client asks, so that a test can make any of them wrong. */
async function openInstitution() {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const stranger = await generateKeyPair('RS256');
  let behaviour: Behaviour = {};
  const seen: URLSearchParams[] = [];
  let issuer = '';
  let nonce = '';
  const server: Server = createServer(async (request, response) => {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const path = request.url?.split('?')[0];
    if (path === '/.well-known/openid-configuration') {
      return send(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        authorization_response_iss_parameter_supported: true,
      });
    }
    if (path === '/jwks')
      return send(200, { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'RS256', use: 'sig' }] });
    if (path === '/userinfo') return send(200, { sub: 'o-1', ...behaviour.userinfo });
    if (path !== '/token') return send(404, {});
    if (behaviour.redirectsToken)
      return response.writeHead(307, { location: 'https://elsewhere.example.org/' }).end();
    let text = '';
    for await (const chunk of request) text += chunk;
    seen.push(
      new URLSearchParams(`${text}&authorization=${encodeURIComponent(request.headers.authorization ?? '')}`),
    );
    const idToken = await new SignJWT({ nonce, ...behaviour.claims })
      .setProtectedHeader({ alg: 'RS256', kid: '1' })
      .setIssuedAt()
      .setExpirationTime(behaviour.claims?.exp ?? '5m')
      .setIssuer(behaviour.claims?.iss ?? issuer)
      .setAudience(behaviour.claims?.aud ?? 'exchange')
      .setSubject(behaviour.claims?.sub ?? 'o-1')
      .sign(behaviour.wrongKey ? stranger.privateKey : privateKey);
    return send(200, { access_token: 'at', token_type: 'Bearer', id_token: idToken });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    seen,
    /** The address that the institution sends the browser back to, after it came with a request. */
    answer(location: string, next: Behaviour, more: Record<string, string> = {}): string {
      const asked = new URL(location).searchParams;
      behaviour = next;
      nonce = asked.get('nonce') ?? '';
      const back = { code: 'c', state: asked.get('state') ?? '', iss: issuer, ...more };
      return `${asked.get('redirect_uri')}?${new URLSearchParams(back)}`;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let world: World;
let east: Awaited<ReturnType<typeof openInstitution>>;
let west: typeof east;
beforeAll(async () => {
  [world, east, west] = await Promise.all([openWorld(), openInstitution(), openInstitution()]);
  // The people of the world have ids of their own; who signs up comes after them.
  await world.database.owner.query(
    'alter table app_user alter id restart with 20001; alter table practitioner alter id restart with 90001',
  );
});
afterAll(() => Promise.all([world?.close(), east?.close(), west?.close()]));

async function configure(slug: string, issuer: string, more: object = {}): Promise<void> {
  const settings = {
    issuer,
    client_id: 'exchange',
    client_secret: 'hush',
    email_authentication: true,
    ...more,
  };
  await world.database.owner.query(
    `insert into identity_provider (kind, slug, name, settings) values ('oidc', $1, $1, $2)
     on conflict (slug) do update set settings = excluded.settings, enabled = true`,
    [slug, JSON.stringify(settings)],
  );
}
beforeEach(async () => {
  await configure('east', east.issuer);
  await configure('west', west.issuer);
});

async function leave(browser: Browser, slug = 'east') {
  const request = codeRequest();
  const start = await browser.go({ url: request.url });
  const left = await browser.go({ url: `${start.headers.location}/oidc/${slug}` });
  expect(left.statusCode).toBe(303);
  return { request, location: String(left.headers.location) };
}

async function signInThrough(behaviour: Behaviour, more: Record<string, string> = {}) {
  const browser = world.browser();
  const { request, location } = await leave(browser);
  let response = await browser.go({ url: east.answer(location, behaviour, more) });
  for (let steps = 0; response.statusCode === 303 && steps < 5; steps++) {
    const onward = String(response.headers.location);
    if (onward.startsWith(request.redirectUri)) {
      const form = {
        grant_type: 'authorization_code',
        code: new URL(onward).searchParams.get('code') ?? '',
        redirect_uri: request.redirectUri,
        client_id: request.clientId,
        code_verifier: request.verifier,
      };
      const tokens = await world.request({ method: 'POST', url: '/o/token/', form });
      return { response, userId: (await world.server.verifyToken(tokens.json().access_token))?.userId };
    }
    response = await browser.go({ url: onward });
  }
  return { response, userId: undefined };
}

const codeOf = (body: string) => /<p class="code">(.*)<\/p>/.exec(body)?.[1];

it('asks with PKCE, state and nonce, and shows a button', async () => {
  const browser = world.browser();
  const { location } = await leave(browser);
  const asked = new URL(location).searchParams;
  expect(Object.fromEntries(asked)).toMatchObject({
    response_type: 'code',
    client_id: 'exchange',
    redirect_uri: `${SITE}/allauth/oidc/east/callback/`,
    scope: 'openid email profile',
    code_challenge_method: 'S256',
  });
  for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toHaveLength(43);
  const start = await browser.go({ url: codeRequest().url });
  expect((await browser.go({ url: String(start.headers.location) })).body).toContain('Continue with east');
});

it('signs up somebody whose address is verified, and knows them the next time', async () => {
  const claims = { email: 'Nell@example.edu', email_verified: true, given_name: 'Nell', family_name: 'East' };
  const first = await signInThrough({ claims });
  expect(first.userId).toBeGreaterThan(20_000);
  const { rows } = await world.database.owner.query(
    "select u.first_name, u.email_verified, e.kind, e.issuer from app_user u join external_identity e on e.user_id = u.id where u.email = 'Nell@example.edu'",
  );
  expect(rows).toEqual([{ first_name: 'Nell', email_verified: true, kind: 'oidc', issuer: east.issuer }]);
  expect((await signInThrough({ claims: { email: 'changed@example.edu' } })).userId).toBe(first.userId);
  expect(east.seen.at(-1)?.get('code_verifier')).toHaveLength(43);
  expect(east.seen.at(-1)?.get('authorization')).toMatch(/^Basic /);
});

it('reads the address from userinfo where the ID token has none', async () => {
  const userinfo = { sub: 'o-2', email: 'info@example.edu', email_verified: true, given_name: 'Ina' };
  expect((await signInThrough({ claims: { sub: 'o-2' }, userinfo })).userId).toBeGreaterThan(20_000);
});

it('changes nobody’s address, whatever the institution says of somebody it knows', async () => {
  const { owner } = world.database;
  await owner.query(
    `insert into external_identity (user_id, kind, issuer, subject) values (10001, 'oidc', $1, 'o-moved')`,
    [east.issuer],
  );
  const address = async () =>
    (await owner.query('select email, email_verified from app_user where id = 10001')).rows[0];
  const before = await address();
  const claims = { sub: 'o-moved', email: 'moved@example.edu', email_verified: true };
  expect((await signInThrough({ claims })).userId).toBe(10001);
  expect(await address()).toEqual(before);
  await owner.query("delete from external_identity where subject = 'o-moved'");
});

it('finds a practitioner by a verified address', async () => {
  const claims = { sub: 'riv', email: 'rivera@example.org', email_verified: true };
  expect((await signInThrough({ claims })).userId).toBe(10_001);
});

const CLOSED: [name: string, claims: JWTPayload][] = [
  ['an address that is not verified', { sub: 'n', email: 'n@example.edu', email_verified: false }],
  ['an address of which nothing is said', { sub: 'n', email: 'n@example.edu' }],
  ['a known address that is not verified', { sub: 'n', email: 'rivera@example.org' }],
  ['verified in words only', { sub: 'n', email: 'n@example.edu', email_verified: 'true' }],
  ['a patient', { sub: 'n', email: 'ada@example.org', email_verified: true }],
];
it.each(CLOSED)('refuses %s', async (_name, claims) => {
  const { response, userId } = await signInThrough({ claims });
  expect([userId, response.statusCode]).toEqual([undefined, 403]);
  expect(response.body).toContain('Sign Up Closed');
});

const good = { sub: 'g', email: 'g@example.edu', email_verified: true };
const BAD: [name: string, behaviour: Behaviour, more?: Record<string, string>][] = [
  ['another nonce', { claims: { ...good, nonce: 'other' } }],
  ['another issuer in the ID token', { claims: { ...good, iss: 'https://elsewhere.example.org' } }],
  ['another audience', { claims: { ...good, aud: 'another-client' } }],
  ['an ID token that has expired', { claims: { ...good, exp: 1_600_000_000 } }],
  ['an ID token signed with another key', { claims: good, wrongKey: true }],
  ['another issuer in the answer', { claims: good }, { iss: 'https://elsewhere.example.org' }],
  [
    'somebody else in userinfo',
    { claims: { sub: 'g' }, userinfo: { sub: 'other', email: 'g@example.edu', email_verified: true } },
  ],
  ['a redirect in place of tokens', { claims: good, redirectsToken: true }],
];
it.each(BAD)('refuses %s', async (_name, behaviour, more) => {
  const { response, userId } = await signInThrough(behaviour, more);
  expect([userId, response.statusCode]).toEqual([undefined, 403]);
  expect(codeOf(response.body)).toMatch(/^oidc_/);
  const { rows } = await world.database.owner.query("select 1 from app_user where email = 'g@example.edu'");
  expect(rows).toEqual([]);
});

it('refuses an unknown state, one of another institution, and one that was used', async () => {
  const browser = world.browser();
  const { location } = await leave(browser);
  const back = east.answer(location, { claims: good });
  const answerTo = async (url: string) => codeOf((await browser.go({ url })).body);
  expect(await answerTo(back.replace(/state=[^&]*/, 'state=unknown'))).toBe('unsolicited_response');
  expect(await answerTo(back.replace('/oidc/east/', '/oidc/west/'))).toBe('unsolicited_response');
  expect((await browser.go({ url: back })).statusCode).toBe(303);
  expect(await answerTo(back)).toBe('unsolicited_response');
});

it('passes on that the person said no', async () => {
  const browser = world.browser();
  const { location } = await leave(browser);
  const state = new URL(location).searchParams.get('state');
  const query = new URLSearchParams({ error: 'access_denied', state: state ?? '', iss: east.issuer });
  const page = await browser.go({ url: `/allauth/oidc/east/callback/?${query}` });
  expect([page.statusCode, codeOf(page.body)]).toEqual([403, 'oidc_access_denied']);
});

it('says so when the institution is not there', async () => {
  await configure('gone', 'http://localhost:1');
  const browser = world.browser();
  const start = await browser.go({ url: codeRequest().url });
  const page = await browser.go({ url: `${start.headers.location}/oidc/gone` });
  expect([page.statusCode, codeOf(page.body)]).toEqual([502, 'institution_unreachable']);
  await world.database.owner.query("delete from identity_provider where slug = 'gone'");
});
