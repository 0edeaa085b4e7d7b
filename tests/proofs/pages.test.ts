/**
 * The pages of an account, as they are registered: whoever is not there as a page declares is sent to sign in or refused,
 * whatever the address; a form from another site or of more than the page takes is refused; and signed in as anybody, no
 * page shows what the access rule does not let that person see.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../apps/exchange/src/access/password.ts';
import { isPage } from '../../apps/exchange/src/app.ts';
import {
  type Browser,
  codeRequest,
  openBrowser,
} from '../../apps/exchange/src/authorization/world.test-data.ts';
import type { PageRoute } from '../../apps/exchange/src/face.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { users } from '../worlds/two-organizations.ts';
import { fillMarkedWorld, type Marker, maySee } from './marked-world.ts';
import { EVERYTHING, principalIn, readWorld } from './world-of.ts';

const PASSWORD = 'correct horse battery';
const PEOPLE = ['rivera', 'mo', 'hana', 'root', 'ada', 'cleo'] as const;

let exchange: TestExchange;
let markers: readonly Marker[];
let now: Date | null = null;
const browsers = new Map<string, Browser>();

beforeAll(async () => {
  exchange = await openTestExchange({ clock: () => now ?? new Date() });
  markers = await fillMarkedWorld(exchange.database.owner);
  await exchange.database.owner.query(
    'update app_user set password_hash = $1, email_verified = true where id = any($2)',
    [await hashPassword(PASSWORD), PEOPLE.map((name) => users[name])],
  );
  for (const name of PEOPLE) browsers.set(name, await signIn(users[name]));
});
afterAll(() => exchange?.close());

const newBrowser = () =>
  openBrowser(({ method = 'GET', url, form, headers = {} }) =>
    exchange.request(method, url, {
      ...(form ? { form } : {}),
      headers: { host: 'localhost:8000', ...headers },
    }),
  );

/** Goes where it is led until a page is there. */
async function follow(browser: Browser, url: string) {
  let reply = await browser.go({ url });
  let at = url;
  while (reply.statusCode === 303) {
    at = String(reply.headers.location);
    reply = await browser.go({ url: at });
  }
  return { at, reply };
}

async function signIn(userId: number): Promise<Browser> {
  const { rows } = await exchange.database.owner.query<{ email: string }>(
    'select email from app_user where id = $1',
    [userId],
  );
  const browser = newBrowser();
  const { at } = await follow(browser, '/accounts/login/?next=/accounts/security/');
  const form = { email: rows[0]?.email ?? '', password: PASSWORD };
  const reply = await browser.go({ method: 'POST', url: at, form });
  const page = await follow(browser, String(reply.headers.location));
  expect([userId, page.at, page.reply.statusCode]).toEqual([userId, '/accounts/security/', 200]);
  return browser;
}

const pages = (): PageRoute[] => exchange.app.registry.filter(isPage);
const filled = (path: string) =>
  path
    .replace(/:token/, 'A'.repeat(32))
    .replace(/:slug/, 'somewhere')
    .replace(/:\w+/g, 'QUFBQUFBQUFB');
const form = { email: 'somebody@example.org', code: '123456', password: 'x', do: 'no 40003 30003 50003' };

describe('every page that asks who is there', () => {
  it.each<[string, () => Browser, readonly string[]]>([
    ['nobody', newBrowser, ['visit', 'session', 'recent-session']],
    ['somebody who signed in an hour ago', () => browsers.get('cleo')!, ['visit', 'recent-session']],
  ])('does nothing for %s', async (_who, browserOf, callers) => {
    const browser = browserOf();
    now = new Date(Date.now() + 3_600_000);
    const closed = pages().filter(({ caller }) => callers.includes(caller));
    expect(closed.length).toBeGreaterThan(10);
    for (const { method, path, caller } of closed) {
      const reply = await browser.go({ method, url: filled(path), ...(method === 'POST' ? { form } : {}) });
      const said = `${method} ${path}: ${reply.statusCode} ${String(reply.headers.location).split('?')[0]}`;
      const expected = {
        visit: '400 undefined',
        session: '303 /accounts/login/',
        'recent-session': '303 /o/authorize/',
      };
      expect(said).toBe(`${method} ${path}: ${expected[caller as keyof typeof expected]}`);
      if (caller !== 'visit') expect(reply.body).not.toMatch(/<form|<main/);
    }
    now = null;
  });
});

describe('every form', () => {
  const forms = () => pages().filter(({ method }) => method === 'POST');

  it('is taken from pages of this site only, but where a page says otherwise', async () => {
    expect(
      forms()
        .filter(({ formsFrom }) => formsFrom === 'any-site')
        .map(({ path }) => path),
    ).toEqual(['/allauth/saml/:slug/acs/', '/allauth/saml/:slug/sls/']);
    for (const { path, formsFrom } of forms()) {
      if (formsFrom === 'any-site') continue;
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        const reply = await browsers.get('ada')!.go({ method: 'POST', url: filled(path), form, headers });
        expect([path, reply.statusCode]).toEqual([path, 403]);
      }
    }
  });

  it('is as large as the page says, and no larger', async () => {
    for (const { path, caller, formBytes } of forms()) {
      if (caller === 'visit') continue;
      const tooLarge = { ...form, filler: 'x'.repeat(formBytes) };
      const reply = await browsers.get('rivera')!.go({ method: 'POST', url: filled(path), form: tooLarge });
      expect([path, reply.statusCode]).toEqual([path, 413]);
    }
  });
});

describe('no page shows what the rule does not let somebody see', () => {
  it.each(PEOPLE)('%s', async (name) => {
    const world = await readWorld(exchange.database.owner);
    const session = { kind: 'person', grantId: `own-${users[name]}` } as const;
    const principal = principalIn(world, users[name], EVERYTHING, session);
    const browser = browsers.get(name)!;
    const picker = codeRequest({ scope: 'openid launch/patient patient/*.rs' }).url;
    const asked = pages().filter(({ method, caller }) => method === 'GET' && caller !== 'visit');
    const urls = [...asked.map(({ path }) => filled(path)), picker];
    const seen = new Set<string>();
    for (const url of urls) {
      const { reply } = url === picker ? await follow(browser, url) : { reply: await browser.go({ url }) };
      expect([url, reply.statusCode >= 500]).toEqual([url, false]);
      const shown = JSON.stringify(reply.headers) + reply.body;
      for (const marker of markers) {
        if (!shown.includes(marker.text)) continue;
        seen.add(marker.kind);
        if (!maySee(world, principal, marker)) expect.fail(`${url} shows ${marker.kind} ${marker.text}`);
      }
    }
    // It asked for something: patients see their records, and who works with patients can choose one.
    if (name !== 'root') expect([...seen]).toContain('identity');
    if (name === 'ada') expect([...seen]).toEqual(expect.arrayContaining(['study', 'proposal']));
  });
});

it.each<[string, string, string, number, RegExp]>([
  ['GET', '/accounts/nothing', 'text/html', 404, /^<!doctype html>.*Nothing here/s],
  ['GET', '/accounts/nothing', 'application/json', 404, /^{"detail":"Not found."}$/],
  ['POST', '/accounts/security/', 'text/html', 404, /^{"detail":"Not found."}$/],
  ['GET', '/accounts/reset/%ff/x/', 'text/html', 400, /^{"detail":"The address could not be read."}$/],
])('%s %s for %s, which nobody serves, is %i', async (method, url, accept, status, body) => {
  const reply = await exchange.request(method, url, { headers: { accept } });
  expect(reply.statusCode).toBe(status);
  expect(reply.body).toMatch(body);
  expect(reply.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
});
