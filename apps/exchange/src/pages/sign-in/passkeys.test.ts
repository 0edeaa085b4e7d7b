import { setImmediate } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMails } from '../../../../../tests/setup/mail.ts';
import { type Lies, passkeyOptions, softAuthenticator } from '../../authorization/passkey.test-data.ts';
import {
  type Browser,
  codeRequest,
  fetchTokens,
  openWorld,
  SITE,
  type World,
} from '../../authorization/world.test-data.ts';
import { follow, signInTo } from '../accounts/pages.test-data.ts';

const ADD = '/accounts/security/passkeys/';
const SECURITY = '/accounts/security/';
const MINUTE_MS = 60_000;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

type Device = ReturnType<typeof softAuthenticator>;

/** Adds a passkey for a person who signs in with their password. */
async function addTo(browser: Browser, device: Device, lies: Lies = {}, email?: string) {
  const { page } = await signInTo(browser, ADD, email);
  expect(page.statusCode).toBe(200);
  return follow(browser, ADD, { credential: device.create(passkeyOptions(page.body), lies) });
}

/** The passkey page of a new visit, in a browser where nobody is signed in. */
async function openPasskeyPage(browser: Browser) {
  const start = await follow(browser, codeRequest().url);
  const [, href = ''] = /href="([^"]+\/passkey)"/.exec(start.page.body) ?? [];
  return { ...(await follow(browser, href)), href };
}

async function countPasskeys(userId = 10001) {
  const { rows } = await world.database.owner.query(
    'select count(*)::int as count from passkey where user_id = $1',
    [userId],
  );
  return rows[0].count as number;
}

const trail = async (reason: string) => {
  const { rows } = await world.database.owner.query(
    'select outcome from audit_event where reason = $1 order by id desc',
    [reason],
  );
  return rows.map(({ outcome }) => outcome as string);
};

describe('a passkey', () => {
  it('is added, and signs in without an address or a password', async () => {
    const device = softAuthenticator(SITE);
    const added = await addTo(world.browser(), device);
    expect(added.url).toBe(`${SECURITY}?done=passkey-added`);
    expect(added.page.body).toContain('Your passkey was added');

    const browser = world.browser();
    const { page, href } = await openPasskeyPage(browser);
    expect(page.body).not.toContain('rivera@');
    const done = await browser.go({
      method: 'POST',
      url: href,
      form: { credential: device.get(passkeyOptions(page.body)) },
    });
    expect(done.statusCode).toBe(303);
    await browser.go({ url: String(done.headers.location) });
    const { tokens } = await fetchTokens(world, browser, codeRequest());
    const claims = decodeJwt(tokens.id_token!);
    expect(claims.sub).toBe('10001');
    expect(claims.amr).toEqual(['hwk', 'user']);
    expect(await trail('sign-in: hwk user')).toEqual(['ok']);
  });

  it('that is kept in step between devices counts as software', async () => {
    const device = softAuthenticator(SITE, { synced: true });
    await addTo(world.browser(), device);
    for (let time = 0; time < 2; time++) {
      const browser = world.browser();
      const { page, href } = await openPasskeyPage(browser);
      const form = { credential: device.get(passkeyOptions(page.body)) };
      const done = await browser.go({ method: 'POST', url: href, form });
      expect(done.statusCode).toBe(303);
    }
    expect(await trail('sign-in: swk user')).toEqual(['ok', 'ok']);
  });

  it('asks for a resident key, a checked holder, and none that is known', async () => {
    const device = softAuthenticator(SITE);
    const browser = world.browser();
    await addTo(browser, device);
    const options = passkeyOptions((await follow(browser, ADD)).page.body);
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    expect(options.excludeCredentials?.map(({ id }) => id)).toContain(device.id);
    const before = await countPasskeys();
    const again = await follow(browser, ADD, { credential: device.create(options) });
    expect(again.page.statusCode).toBe(400);
    expect(await countPasskeys()).toBe(before);
  });

  it('is refused and put on record when its count does not go up', async () => {
    const device = softAuthenticator(SITE);
    await addTo(world.browser(), device);
    const use = async (counter: number) => {
      const browser = world.browser();
      const { page, href } = await openPasskeyPage(browser);
      const form = { credential: device.get(passkeyOptions(page.body), { counter }) };
      return browser.go({ method: 'POST', url: href, form });
    };
    expect((await use(5)).statusCode).toBe(303);
    for (const counter of [5, 4, 0]) {
      const refused = await use(counter);
      expect(refused.statusCode).toBe(400);
      expect(refused.body).toContain('a copy of it seems to be in use');
    }
    expect(await trail('sign-in: passkey copied')).toEqual(['refused', 'refused', 'refused']);
    expect((await use(6)).statusCode).toBe(303);
  });

  it('of a deactivated person opens nothing', async () => {
    const device = softAuthenticator(SITE);
    await addTo(world.browser(), device, {}, 'root@example.org');
    await world.database.owner.query('update app_user set active = false where id = 10004');
    try {
      const browser = world.browser();
      const { page, href } = await openPasskeyPage(browser);
      const form = { credential: device.get(passkeyOptions(page.body)) };
      const refused = await browser.go({ method: 'POST', url: href, form });
      expect(refused.statusCode).toBe(400);
      expect(refused.body).toContain('did not work here');
      expect(await trail('sign-in: passkey')).toEqual(['refused']);
    } finally {
      await world.database.owner.query('update app_user set active = true where id = 10004');
    }
  });
});

const LIES: [name: string, lies: Lies][] = [
  ['another site', { origin: 'https://evil.example.org' }],
  ['another relying party', { rpId: 'evil.example.org' }],
  ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ['a holder who was not checked', { unverified: true }],
];

describe('adding refuses', () => {
  it.each(LIES)('%s', async (_name, lies) => {
    const before = await countPasskeys();
    const refused = await addTo(world.browser(), softAuthenticator(SITE), lies);
    expect(refused.page.statusCode).toBe(400);
    expect(refused.page.body).toContain('The passkey was not added');
    expect(await countPasskeys()).toBe(before);
  });

  it.each(['', 'null', '{}', '[]', '{"id":1}', '{"id":"x"}', '{"id":"x","response":null}'])(
    'what is no answer: %s',
    async (credential) => {
      const browser = world.browser();
      await signInTo(browser, ADD);
      expect((await follow(browser, ADD, { credential })).page.statusCode).toBe(400);
    },
  );

  it('a second answer to one challenge, and one that is late', async () => {
    const browser = world.browser();
    const options = passkeyOptions((await signInTo(browser, ADD)).page.body);
    const answer = (device: Device) => follow(browser, ADD, { credential: device.create(options) });
    expect((await answer(softAuthenticator(SITE))).page.statusCode).toBe(200);
    expect((await answer(softAuthenticator(SITE))).page.statusCode).toBe(400);
    const late = passkeyOptions((await follow(browser, ADD)).page.body);
    world.setClock(new Date(Date.now() + 5 * MINUTE_MS + 1000));
    const credential = softAuthenticator(SITE).create(late);
    expect((await follow(browser, ADD, { credential })).page.statusCode).toBe(400);
    world.setClock(null);
  });

  it('a request that was under way while its session was ended', async () => {
    const { owner } = world.database;
    const browser = world.browser();
    const options = passkeyOptions((await signInTo(browser, ADD)).page.body);
    const before = await countPasskeys();
    const holder = await owner.connect();
    try {
      await holder.query('begin; select id from app_user where id = 10001 for update');
      const late = follow(browser, ADD, { credential: softAuthenticator(SITE).create(options) });
      const waiting =
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      while ((await owner.query(waiting)).rowCount === 0) await setImmediate();
      await owner.query(
        "delete from oauth_model where model = 'Session' and payload->>'accountId' = '10001'",
      );
      await holder.query('commit');
      expect((await late).page.statusCode).toBe(400);
    } finally {
      holder.release();
    }
    expect(await countPasskeys()).toBe(before);
  });

  it('whoever signed in long ago, until they show again who they are', async () => {
    const browser = world.browser();
    await signInTo(browser, ADD);
    world.setClock(new Date(Date.now() + 15 * MINUTE_MS + 2000));
    try {
      const asked = await follow(browser, ADD);
      expect(asked.url).toContain('/interaction/');
      expect((await signInTo(browser, ADD)).page.body).toContain('data-passkey="create"');
      expect((await follow(browser, SECURITY)).url).toBe(SECURITY);
    } finally {
      world.setClock(null);
    }
  });
});

describe('signing in refuses', () => {
  let device: Device;
  beforeAll(async () => {
    device = softAuthenticator(SITE);
    await addTo(world.browser(), device);
  });

  const cases: [name: string, lies: Lies][] = [
    ...LIES,
    ['another key', { otherKey: true }],
    ['a passkey that says it is somebody else', { userHandle: Buffer.from('10004').toString('base64url') }],
  ];
  it.each(cases)('%s', async (_name, lies) => {
    const browser = world.browser();
    const { page, href } = await openPasskeyPage(browser);
    const form = { credential: device.get(passkeyOptions(page.body), lies) };
    const refused = await browser.go({ method: 'POST', url: href, form });
    expect(refused.statusCode).toBe(400);
    expect(refused.body).toContain('did not work here');
  });

  it('a passkey that nobody added', async () => {
    const browser = world.browser();
    const { page, href } = await openPasskeyPage(browser);
    const form = { credential: softAuthenticator(SITE).get(passkeyOptions(page.body)) };
    expect((await browser.go({ method: 'POST', url: href, form })).statusCode).toBe(400);
  });

  it('an answer that was used, is late, or belongs to another visit', async () => {
    const browser = world.browser();
    const { page, href } = await openPasskeyPage(browser);
    const send = (url: string, credential: string) =>
      browser.go({ method: 'POST', url, form: { credential } });
    const used = device.get(passkeyOptions(page.body), { otherKey: true });
    const right = device.get(passkeyOptions(page.body));
    expect((await send(href, used)).statusCode).toBe(400);
    expect((await send(href, right)).statusCode).toBe(400);

    const second = passkeyOptions((await follow(browser, href)).page.body);
    world.setClock(new Date(Date.now() + 5 * MINUTE_MS + 1000));
    expect((await send(href, device.get(second))).statusCode).toBe(400);
    world.setClock(null);

    const elsewhere = passkeyOptions((await openPasskeyPage(world.browser())).page.body);
    expect((await send(href, device.get(elsewhere))).statusCode).toBe(400);
    const fresh = passkeyOptions((await follow(browser, href)).page.body);
    expect((await send(href, device.get(fresh))).statusCode).toBe(303);
  });
});

describe('the own passkeys', () => {
  it('are renamed and removed, by their person only', async () => {
    const device = softAuthenticator(SITE);
    const browser = world.browser();
    await addTo(browser, device);
    const change = (by: Browser, deed: string, name = '') =>
      follow(by, '/accounts/security/passkeys/change', { credential: device.id, deed, name });
    const renamed = await change(browser, 'rename', '  Ward <laptop>  ');
    expect(renamed.page.body).toContain('Ward &lt;laptop&gt;');
    expect((await change(browser, 'rename', ' ')).page.statusCode).toBe(400);

    const stranger = world.browser();
    await signInTo(stranger, SECURITY, 'root@example.org');
    expect((await change(stranger, 'remove')).page.statusCode).toBe(404);
    const before = await countPasskeys();
    expect((await change(browser, 'remove')).page.body).toContain('The passkey was removed');
    expect(await countPasskeys()).toBe(before - 1);
    expect((await change(browser, 'remove')).page.statusCode).toBe(404);
  });

  it('are told about by mail, without saying more than what happened', async () => {
    const { rows } = await world.database.owner.query('select recipient, body from mail');
    const told = openMails(rows).map(({ recipient, body }) => ({ recipient, first: body.split('\n')[0] }));
    expect(told).toContainEqual({
      recipient: 'Rivera@example.org',
      first: 'A passkey was added to your account.',
    });
    expect(told).toContainEqual({
      recipient: 'Rivera@example.org',
      first: 'A passkey was removed from your account.',
    });
  });
});

it('runs one script of ours on the pages that need it, and nothing inline', async () => {
  const { page } = await openPasskeyPage(world.browser());
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  expect(page.headers['content-security-policy']).not.toContain('unsafe');
  const sources = [...page.body.matchAll(/<script src="([^"]+)" defer><\/script>/g)].map(
    ([, url]) => url ?? '',
  );
  expect(sources).toHaveLength(1);
  expect(page.body.match(/<script/g)).toHaveLength(1);
  const script = await world.request({ url: sources[0]! });
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  });
  const old = await world.request({ url: '/accounts/assets/passkey.js?v=old' });
  expect(old.headers['cache-control']).toBe('no-cache');
});
