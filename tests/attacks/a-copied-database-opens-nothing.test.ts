/**
 * The attack: somebody gets a copy of the database (a backup, a replica, a disk). They took the id of a row for a refresh
 * token, a code or a session's cookie, and it worked. Everything that is alive at the moment of the copy is looked for in
 * it, and everything in the copy is tried.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCursorKey } from '../../apps/exchange/src/access/cursor-key.ts';
import {
  codeRequest,
  fetchTokens,
  openWorld,
  SITE,
  signIn,
  type World,
} from '../../apps/exchange/src/authorization/world.test-data.ts';
import {
  confirmAuthenticator,
  offerAuthenticator,
} from '../../apps/exchange/src/store/oauth-authenticators.ts';
import { addIdentityProvider } from '../../apps/exchange/src/store/oauth-identity-providers.ts';
import { listKeys } from '../../apps/exchange/src/store/oauth-keys.ts';

const AUTHENTICATOR = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const INSTITUTION = 'what-the-university-gave-us';

let world: World;
/** What its holder can use, by name. */
const alive: Record<string, string> = {};
let copy = '';

beforeAll(async () => {
  world = await openWorld();
  const browser = world.browser();
  const { tokens } = await fetchTokens(world, browser, codeRequest({ scope: 'openid offline_access' }));
  alive['refresh token'] = tokens.refresh_token ?? '';
  // A code that nobody has exchanged yet, in the same session.
  const second = await browser.go({ url: codeRequest().url });
  alive.code = new URL(String(second.headers.location)).searchParams.get('code') ?? '';
  alive['session cookie'] = second.cookies.find(({ name }) => name === 'jhe_session')?.value ?? '';
  // A form to sign out that is open.
  const logout = await browser.go({ url: '/o/logout/' });
  alive['secret of the form to sign out'] = /name="xsrf" value="([^"]+)"/.exec(logout.body)?.[1] ?? '';

  const request = codeRequest({ clientId: 'hub', redirectUri: 'https://hub.example.org/hub/oauth_callback' });
  const pushed = await world.request({
    method: 'POST',
    url: '/o/par/',
    form: Object.fromEntries(new URL(request.url, SITE).searchParams),
  });
  const uri = String(pushed.json().request_uri);
  alive['pushed request'] = uri.slice(uri.lastIndexOf(':') + 1);
  // Somebody is on the way, by a second pushed request, and types a code from their mail.
  const other = await world.request({
    method: 'POST',
    url: '/o/par/',
    form: Object.fromEntries(new URL(request.url, SITE).searchParams),
  });
  const otherUri = String(other.json().request_uri);
  alive['pushed request on the way'] = otherUri.slice(otherUri.lastIndexOf(':') + 1);
  const visit = world.browser();
  const begun = await visit.go({
    url: `/o/authorize/?${new URLSearchParams({ client_id: 'hub', request_uri: otherUri })}`,
  });
  alive.visit = String(begun.headers.location).split('/').pop() ?? '';
  await visit.go({
    method: 'POST',
    url: `/o/interaction/${alive.visit}/email`,
    form: { email: 'ada@example.org' },
  });
  // Half signed in: a password was right, a second factor is owed. An institution is connected.
  await world.system('account', async (sight) => {
    await offerAuthenticator(sight, 10004, AUTHENTICATOR);
    await confirmAuthenticator(sight, { userId: 10004, secret: AUTHENTICATOR, step: 1, at: new Date() });
    await addIdentityProvider(sight, {
      kind: 'oidc',
      slug: 'north',
      name: 'North',
      settings: { issuer: 'https://north.example.org', client_id: 'us', client_secret: INSTITUTION },
    });
  });
  const half = world.browser();
  const owed = await signIn(half, codeRequest().url, 'root@example.org');
  alive['visit that owes a second factor'] = String(owed.headers.location).split('/').at(-2) ?? '';

  const { rows: tables } = await world.database.owner.query<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  );
  for (const { name } of tables) {
    // Mail has left the house by then; what waits is in a test of its own.
    if (name === 'mail') continue;
    const { rows } = await world.database.owner.query(`select to_jsonb(t) as row from ${name} t`);
    copy += `${name}\n${rows.map(({ row }) => JSON.stringify(row)).join('\n')}\n`;
  }
});
afterAll(() => world?.close());

it('everything that the copy is searched for is really there', () => {
  for (const [name, value] of Object.entries(alive)) {
    expect(value, name).toMatch(/^[\w~.-]{10,}$/);
  }
  expect(Object.keys(alive)).toHaveLength(8);
  expect(copy).toContain('RefreshToken');
});

it.each([
  'refresh token',
  'code',
  'session cookie',
  'secret of the form to sign out',
  'pushed request',
  'pushed request on the way',
  'visit',
  'visit that owes a second factor',
])('no %s stands in it', (name) => {
  expect(copy).not.toContain(alive[name]);
});

it.each([
  ['secret of an authenticator app', AUTHENTICATOR],
  ['secret that an institution gave us', INSTITUTION],
])('no %s stands in it', (_name, secret) => {
  expect(copy).not.toContain(secret);
});

it('no private key, key of cookies or key of page links stands in it', async () => {
  const keys = await world.system('signing-key', listKeys);
  expect(keys.map(({ purpose }) => purpose).sort()).toEqual(['cookie', 'token', 'token']);
  for (const { key } of keys) expect(copy).not.toContain(String(key.d ?? key.secret));
  expect(copy).not.toContain((await loadCursorKey(world.system)).toString('base64url'));
});

describe('nothing that stands in it opens anything', () => {
  const words = () => [...new Set(copy.match(/[\w~.-]{20,}/g) ?? [])];

  it('as a refresh token or a code', async () => {
    expect(words().length).toBeGreaterThan(20);
    for (const word of words()) {
      const refreshed = await world.request({
        method: 'POST',
        url: '/o/token/',
        form: { grant_type: 'refresh_token', refresh_token: word, client_id: 'jhe-portal' },
      });
      expect([refreshed.statusCode, refreshed.json().error]).toEqual([400, 'invalid_grant']);
      const pushed = await world.request({
        url: `/o/authorize/?${new URLSearchParams({ client_id: 'hub', request_uri: `urn:ietf:params:oauth:request_uri:${word}` })}`,
      });
      expect(String(pushed.headers.location)).not.toContain('/interaction/');
    }
  });
});

it('what is alive goes on working for whoever holds it', async () => {
  const refreshed = await world.request({
    method: 'POST',
    url: '/o/token/',
    form: {
      grant_type: 'refresh_token',
      refresh_token: alive['refresh token'] ?? '',
      client_id: 'jhe-portal',
    },
  });
  expect(refreshed.statusCode, refreshed.body).toBe(200);
});
