import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Browser,
  codeRequest,
  fetchTokens,
  openWorld,
  type World,
} from '../../authorization/world.test-data.ts';
import { follow, signInTo } from './pages.test-data.ts';

const PAGE = '/accounts/sessions/';
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());
beforeEach(() => world.database.owner.query('delete from oauth_model'));

/** A browser that says what it is. */
function browserOf(userAgent: string): Browser {
  const browser = world.browser();
  return {
    go: (options) => browser.go({ ...options, headers: { 'user-agent': userAgent, ...options.headers } }),
  };
}

type Tokens = Awaited<ReturnType<typeof fetchTokens>>['tokens'];
type Where = Readonly<{ clientId: string; redirectUri?: string }>;
const PORTAL: Where = { clientId: 'jhe-portal' };
const HUB: Where = { clientId: 'hub', redirectUri: 'https://hub.example.org/hub/oauth_callback' };

const enter = async (browser: Browser, where: Where, scope = 'openid offline_access') =>
  (await fetchTokens(world, browser, codeRequest({ ...where, scope }))).tokens;

/** Does the access token open anything, and does the refresh token give another? */
async function isAlive(tokens: Tokens, { clientId }: Where) {
  const facts = await world.server.verifyToken(tokens.access_token!);
  const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token!, client_id: clientId };
  const refreshed = await world.request({ method: 'POST', url: '/o/token/', form });
  return { access: facts !== null, refresh: refreshed.statusCode === 200 };
}
const ALIVE = { access: true, refresh: true };
const DEAD = { access: false, refresh: false };

/** Values of the page's buttons: sessions or grants, with what they are called. */
async function listed(browser: Browser, field: 'session' | 'grant') {
  const { page } = await follow(browser, PAGE);
  const rows = page.body.split('<li class="row">').slice(1);
  return rows.flatMap((row) => {
    const value = new RegExp(`name="${field}" value="([^"]+)"`).exec(row)?.[1];
    const name = /<h3>([^<]*)/.exec(row)?.[1]?.trim();
    return value === undefined ? [] : [{ value, name, row }];
  });
}

/** Presses "Sign out" on the page that asks. */
async function signOut(browser: Browser, query = '') {
  const page = await browser.go({ url: `/o/logout/${query}` });
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  return browser.go({ method: 'POST', url: '/o/logout/confirm', form: { xsrf, logout: 'yes' } });
}

describe('H-12: signing out ends the tokens', () => {
  it('of every client that was entered in the session, lasting ones too, from the next request on', async () => {
    const browser = world.browser();
    const portal = await enter(browser, PORTAL);
    const hub = await enter(browser, HUB);
    expect(await isAlive(hub, HUB)).toEqual(ALIVE);
    const elsewhere = await enter(world.browser(), PORTAL);
    await signOut(browser);
    const [portalNow, hubNow] = [
      await world.server.verifyToken(portal.access_token!),
      await isAlive(hub, HUB),
    ];
    expect(portalNow).toBeNull();
    expect(await isAlive(portal, PORTAL)).toEqual(DEAD);
    expect(hubNow).toEqual(DEAD);
    expect(await isAlive(elsewhere, PORTAL)).toEqual(ALIVE);
  });

  it('over HTTP as well: the same token is refused', async () => {
    const browser = world.browser();
    const { access_token: token } = await enter(browser, PORTAL);
    const userinfo = () =>
      world.request({ url: '/o/userinfo/', headers: { authorization: `Bearer ${token}` } });
    expect((await userinfo()).statusCode).toBe(200);
    await signOut(browser);
    expect((await userinfo()).statusCode).toBe(401);
  });

  it('of the client that sent one to sign out, when one stays signed in otherwise', async () => {
    const browser = world.browser();
    const hub = await enter(browser, HUB);
    const portal = await enter(browser, PORTAL);
    const page = await browser.go({ url: '/o/logout/?client_id=hub' });
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    await browser.go({ method: 'POST', url: '/o/logout/confirm', form: { xsrf } });
    expect(await isAlive(hub, HUB)).toEqual(DEAD);
    expect(await isAlive(portal, PORTAL)).toEqual(ALIVE);
  });

  it('not of a page that was only looked at', async () => {
    const browser = world.browser();
    const tokens = await enter(browser, PORTAL);
    await browser.go({ url: '/o/logout/' });
    await browser.go({ method: 'POST', url: '/o/logout/confirm', form: { xsrf: 'wrong', logout: 'yes' } });
    expect(await isAlive(tokens, PORTAL)).toEqual(ALIVE);
  });
});

describe('the page', () => {
  it('asks to sign in first', async () => {
    expect((await follow(world.browser(), PAGE)).url).toContain('/interaction/');
  });

  it('lists sessions by browser, with methods and clients, and marks this one', async () => {
    const firefox = browserOf(FIREFOX);
    const phone = browserOf(IPHONE);
    await enter(firefox, PORTAL);
    await enter(firefox, HUB);
    await signInTo(phone, PAGE);
    const rows = await listed(phone, 'session');
    expect(rows.map(({ name }) => name).toSorted()).toEqual(['Firefox on Windows', 'Safari on iPhone']);
    const [here] = rows.filter(({ row }) => row.includes('This browser'));
    expect(here?.name).toBe('Safari on iPhone');
    expect(here?.row).toContain('with a password');
    // Signing in to this page is no application that was entered.
    expect(here?.row).not.toContain('Entered');
    const there = rows.find(({ name }) => name === 'Firefox on Windows');
    expect(there?.row).toContain('Entered: Notebook Hub, the portal.');
    expect(there?.row).not.toContain('This browser');
  });

  it('lists clients that stay connected, with what they may do in plain words', async () => {
    const browser = world.browser();
    await enter(browser, HUB, 'openid email offline_access');
    const [hub] = await listed(browser, 'grant');
    expect(hub?.name).toBe('Notebook Hub');
    expect(hub?.row).toContain('See your e-mail address');
    expect(hub?.row).toContain('ead all kinds of records');
    expect(hub?.row).not.toMatch(/user\/|offline_access/);
  });

  it('shows nobody else anything', async () => {
    await enter(world.browser(), HUB);
    const other = world.browser();
    await signInTo(other, PAGE, 'root@example.org');
    expect(await listed(other, 'grant')).toEqual([]);
    expect(await listed(other, 'session')).toHaveLength(1);
  });
});

describe('ending', () => {
  it('one session ends what was given in it, and nothing else', async () => {
    const firefox = browserOf(FIREFOX);
    const phone = browserOf(IPHONE);
    const lost = await enter(firefox, HUB);
    const kept = await enter(phone, PORTAL);
    const target = (await listed(phone, 'session')).find(({ name }) => name === 'Firefox on Windows');
    const done = await follow(phone, `${PAGE}end`, { session: target!.value });
    expect(done.page.body).toContain('That session has ended');
    expect(await isAlive(lost, HUB)).toEqual(DEAD);
    expect(await isAlive(kept, PORTAL)).toEqual(ALIVE);
    expect((await follow(firefox, PAGE)).url).toContain('/interaction/');
  });

  it('one session stays ended when a request that was under way stores it again', async () => {
    const firefox = browserOf(FIREFOX);
    const phone = browserOf(IPHONE);
    const lost = await enter(firefox, HUB);
    await enter(phone, PORTAL);
    const target = (await listed(phone, 'session')).find(({ name }) => name === 'Firefox on Windows');
    const { owner } = world.database;
    const { rows } = await owner.query(
      "select * from oauth_model where uid = $1 or payload->>'sessionUid' = $1 or (model = 'Grant' and payload->>'clientId' = 'hub')",
      [target!.value],
    );
    await follow(phone, `${PAGE}end`, { session: target!.value });
    for (const { model, id, payload, uid, grant_id, expires_at } of rows) {
      await owner.query(
        'insert into oauth_model (model, id, payload, uid, grant_id, expires_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing',
        [model, id, payload, uid, grant_id, expires_at],
      );
    }
    expect((await follow(firefox, PAGE)).url).toContain('/interaction/');
    expect(await isAlive(lost, HUB)).toEqual(DEAD);
  });

  it('one client leaves the session', async () => {
    const browser = world.browser();
    const hub = await enter(browser, HUB);
    const portal = await enter(browser, PORTAL);
    const target = (await listed(browser, 'grant')).find(({ name }) => name === 'Notebook Hub');
    const done = await follow(browser, `${PAGE}end`, { grant: target!.value });
    expect(done.page.body).toContain('The application was disconnected');
    expect(await isAlive(hub, HUB)).toEqual(DEAD);
    expect(await isAlive(portal, PORTAL)).toEqual(ALIVE);
    expect((await listed(browser, 'grant')).map(({ name }) => name)).not.toContain('Notebook Hub');
  });

  it('the own session signs out here', async () => {
    const browser = world.browser();
    const tokens = await enter(browser, PORTAL);
    const [own] = await listed(browser, 'session');
    const done = await follow(browser, `${PAGE}end`, { session: own!.value });
    expect(done.page.body).toContain('You are signed out');
    expect(await isAlive(tokens, PORTAL)).toEqual(DEAD);
  });

  it('everything ends every session and client', async () => {
    const firefox = browserOf(FIREFOX);
    const phone = browserOf(IPHONE);
    const hub = await enter(firefox, HUB);
    const portal = await enter(phone, PORTAL);
    await follow(phone, `${PAGE}end-all`, {});
    expect(await isAlive(hub, HUB)).toEqual(DEAD);
    expect(await isAlive(portal, PORTAL)).toEqual(DEAD);
    for (const browser of [firefox, phone])
      expect((await follow(browser, PAGE)).url).toContain('/interaction/');
    const { rows } = await world.database.owner.query(
      "select outcome, user_id::int from audit_event where reason = 'account: signed out everywhere'",
    );
    expect(rows).toEqual([{ outcome: 'ok', user_id: 10001 }]);
  });

  it("nobody ends anybody else's", async () => {
    const browser = world.browser();
    const tokens = await enter(browser, HUB);
    const [session] = await listed(browser, 'session');
    const [grant] = await listed(browser, 'grant');
    const other = world.browser();
    await signInTo(other, PAGE, 'root@example.org');
    for (const form of [{ session: session!.value }, { grant: grant!.value }, {}]) {
      expect((await follow(other, `${PAGE}end`, form as Record<string, string>)).page.statusCode).toBe(404);
    }
    expect(await isAlive(tokens, HUB)).toEqual(ALIVE);
  });

  it('is not open to other sites', async () => {
    const browser = world.browser();
    const tokens = await enter(browser, PORTAL);
    const headers = { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' };
    const refused = await browser.go({ method: 'POST', url: `${PAGE}end-all`, form: {}, headers });
    expect(refused.statusCode).toBe(403);
    expect(await isAlive(tokens, PORTAL)).toEqual(ALIVE);
  });
});
