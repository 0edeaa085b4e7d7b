import { decodeJwt } from 'jose';
import { generate } from 'otplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMails } from '../../../../../tests/setup/mail.ts';
import { passkeyOptions, softAuthenticator } from '../../authorization/passkey.test-data.ts';
import {
  type Browser,
  codeRequest,
  fetchTokens,
  openWorld,
  PASSWORD,
  SITE,
  type World,
} from '../../authorization/world.test-data.ts';
import { follow, signInTo } from '../accounts/pages.test-data.ts';

const SECURITY = '/accounts/security/';
const PAGE = '/accounts/security/authenticator/';
const STEP_MS = 30_000;

let world: World;
let now: Date;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

/** Each test has a quarter of an hour of its own, so that guesses of one are not counted in another. */
let quarter = 0;
beforeEach(() => {
  quarter += 1;
  const start = Math.ceil(Date.now() / STEP_MS) * STEP_MS;
  turnClock(new Date(start + quarter * 16 * 60_000));
});
afterEach(async () => {
  world.setClock(null);
  await world.database.owner.query(
    'delete from authenticator; delete from recovery_code; delete from sign_in_attempt',
  );
});

function turnClock(to: Date) {
  now = to;
  world.setClock(to);
}
const pass = (milliseconds: number) => turnClock(new Date(now.getTime() + milliseconds));
const codeAt = (secret: string, steps = 0) =>
  generate({ secret, epoch: Math.floor((now.getTime() + steps * STEP_MS) / 1000) });

/** Turns the second factor on; the clock goes on by one step, since the first code is used up. */
async function enrol(browser: Browser) {
  const { page } = await signInTo(browser, PAGE);
  const [, spaced = ''] = /<span class="secret">([^<]+)</.exec(page.body) ?? [];
  const secret = spaced.replaceAll(' ', '');
  const on = await follow(browser, PAGE, { code: await codeAt(secret) });
  expect(on.page.statusCode).toBe(200);
  const recoveryCodes = [...on.page.body.matchAll(/<li>([0-9a-z-]+)<\/li>/g)].map(([, code]) => code ?? '');
  pass(STEP_MS);
  return { secret, recoveryCodes };
}

/** Gives the password in a new browser, and stands before the second factor. */
async function halfWay() {
  const browser = world.browser();
  const start = await follow(browser, codeRequest().url);
  const form = { email: 'rivera@example.org', password: PASSWORD };
  const { url } = await follow(browser, start.url, form);
  const give = (code: string) => browser.go({ method: 'POST', url, form: { code } });
  return { browser, start: start.url, url, give };
}

const trail = async (reason: string) => {
  const { rows } = await world.database.owner.query(
    'select outcome from audit_event where reason = $1 order by id desc',
    [reason],
  );
  return rows.map(({ outcome }) => outcome as string);
};

describe('turning it on', () => {
  it('shows a picture, the secret in groups, and ten recovery codes once', async () => {
    const browser = world.browser();
    const { page } = await signInTo(browser, PAGE);
    expect(page.body).toContain('<svg');
    expect(page.body).toMatch(/<span class="secret">([A-Z2-7]{4} ){7}[A-Z2-7]{4}</);
    expect(page.headers['content-security-policy']).not.toContain('script-src');
    const { recoveryCodes } = await enrol(browser);
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const code of recoveryCodes)
      expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){2}[0-9a-hjkmnp-tv-z]{4}$/);
    const { rows } = await world.database.owner.query('select code_hash from recovery_code');
    expect(rows).toHaveLength(10);
    for (const { code_hash: hash } of rows) expect(recoveryCodes).not.toContain(hash);
    const later = await follow(browser, SECURITY);
    expect(later.page.body).toContain('10 recovery codes left');
    expect(later.page.body).not.toContain(recoveryCodes[0]);
  });

  it('offers another secret each time, and takes a code of the last one only', async () => {
    const browser = world.browser();
    const secretOf = (body: string) => /class="secret">([^<]+)/.exec(body)?.[1]?.replaceAll(' ', '') ?? '';
    const first = secretOf((await signInTo(browser, PAGE)).page.body);
    const second = secretOf((await follow(browser, PAGE)).page.body);
    expect(second).not.toBe(first);
    const wrong = await follow(browser, PAGE, { code: await codeAt(first) });
    expect(wrong.page.statusCode).toBe(400);
    expect(secretOf(wrong.page.body)).toBe(second);
    const unfinished = await halfWay();
    expect(unfinished.url).not.toContain('second-factor');
    expect((await follow(browser, PAGE, { code: await codeAt(second) })).page.body).toContain(
      'recovery codes',
    );
  });
});

describe('signing in', () => {
  it('takes the password and then a code, and says so in the ID token', async () => {
    const { secret } = await enrol(world.browser());
    const { browser, url, give } = await halfWay();
    expect(url).toMatch(/\/second-factor$/);
    const noSession = await browser.go({ url: codeRequest({ more: { prompt: 'none' } }).url });
    expect(String(noSession.headers.location)).toContain('error=login_required');
    const { browser: second, give: giveAgain } = await halfWay();
    const done = await giveAgain(await codeAt(secret));
    expect(done.statusCode).toBe(303);
    await second.go({ url: String(done.headers.location) });
    const { tokens } = await fetchTokens(world, second, codeRequest());
    expect(decodeJwt(tokens.id_token!).amr).toEqual(['pwd', 'otp', 'mfa']);
    expect((await give('000000')).statusCode).toBe(400);
    expect(await trail('sign-in: second factor, authenticator')).toEqual(['ok']);
    expect(await trail('sign-in: second factor')).toEqual(['refused']);
  });

  const cases: [steps: number, status: number][] = [
    [-2, 400],
    [-1, 303],
    [0, 303],
    [1, 303],
    [2, 400],
  ];
  it.each(cases)('takes a code that is %i steps away: %i', async (steps, status) => {
    const { secret } = await enrol(world.browser());
    pass(2 * STEP_MS);
    expect((await (await halfWay()).give(await codeAt(secret, steps))).statusCode).toBe(status);
  });

  it('takes each code once, and none from before it', async () => {
    const { secret } = await enrol(world.browser());
    pass(2 * STEP_MS);
    const code = await codeAt(secret);
    const before = await codeAt(secret, -1);
    expect((await (await halfWay()).give(code)).statusCode).toBe(303);
    expect((await (await halfWay()).give(code)).statusCode).toBe(400);
    expect((await (await halfWay()).give(before)).statusCode).toBe(400);
    pass(STEP_MS);
    expect((await (await halfWay()).give(await codeAt(secret))).statusCode).toBe(303);
  });

  it('does not take the code that turned it on', async () => {
    const { secret } = await enrol(world.browser());
    const refused = await (await halfWay()).give(await codeAt(secret, -1));
    expect(refused.statusCode).toBe(400);
    expect(refused.body).toContain('aria-describedby="error hint other"');
  });

  it('takes each recovery code once, however it is typed, and writes to the person', async () => {
    const { recoveryCodes } = await enrol(world.browser());
    const [code = ''] = recoveryCodes;
    const typed = ` ${code.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'L')} `;
    expect((await (await halfWay()).give(typed)).statusCode).toBe(303);
    expect((await (await halfWay()).give(code)).statusCode).toBe(400);
    const { rows } = await world.database.owner.query('select recipient, body from mail');
    expect(openMails(rows).filter(({ body }) => body.includes('9 of them are left'))).toHaveLength(1);
  });

  it('limits guesses of one person in all browsers together, and says how long to wait', async () => {
    const { secret } = await enrol(world.browser());
    for (let guess = 0; guess < 6; guess++) {
      expect((await (await halfWay()).give('123')).statusCode).toBe(400);
    }
    const closed = await (await halfWay()).give(await codeAt(secret));
    expect(closed.statusCode).toBe(429);
    expect(Number(closed.headers['retry-after'])).toBeGreaterThan(0);
    expect(closed.body).toContain('Too many attempts');
    pass(16 * 60_000);
    expect((await (await halfWay()).give(await codeAt(secret))).statusCode).toBe(303);
  });

  it('starts again after ten minutes, and in a browser that did not give the password', async () => {
    const { secret } = await enrol(world.browser());
    const { start, url, give } = await halfWay();
    const stranger = world.browser();
    expect((await stranger.go({ url })).statusCode).toBe(400);
    const own = await follow(stranger, codeRequest().url);
    const jumped = await stranger.go({ url: `${own.url}/second-factor` });
    expect(jumped.headers.location).toBe(own.url);
    pass(10 * 60_000 + 1000);
    const late = await give(await codeAt(secret));
    expect(late.headers.location).toBe(start);
  });

  it('asks whoever comes with a passkey for nothing more', async () => {
    const browser = world.browser();
    await enrol(browser);
    const device = softAuthenticator(SITE);
    const add = '/accounts/security/passkeys/';
    const options = passkeyOptions((await follow(browser, add)).page.body);
    await follow(browser, add, { credential: device.create(options) });
    const other = world.browser();
    const start = await follow(other, codeRequest().url);
    const { page } = await follow(other, `${start.url}/passkey`);
    const form = { credential: device.get(passkeyOptions(page.body)) };
    const done = await other.go({ method: 'POST', url: `${start.url}/passkey`, form });
    expect(String(done.headers.location)).not.toContain('second-factor');
    expect(done.statusCode).toBe(303);
  });
});

describe('turning it off', () => {
  const ways: [
    name: string,
    form: (codes: { secret: string; recoveryCodes: string[] }) => Promise<Record<string, string>>,
    isOff: boolean,
  ][] = [
    ['a code', async ({ secret }) => ({ code: await codeAt(secret) }), true],
    ['a recovery code', async ({ recoveryCodes }) => ({ code: recoveryCodes[3]! }), true],
    ['the password', async () => ({ code: '', password: PASSWORD }), true],
    ['a wrong password', async () => ({ code: '', password: 'wrong' }), false],
    ['a wrong code', async () => ({ code: '000' }), false],
    ['nothing', async () => ({}), false],
  ];
  it.each(ways)('with %s', async (_name, form, isOff) => {
    const browser = world.browser();
    const codes = await enrol(browser);
    const { page } = await follow(browser, `${PAGE}remove`, await form(codes));
    expect(page.statusCode).toBe(isOff ? 200 : 400);
    const { rows } = await world.database.owner.query(
      'select (select count(*)::int from authenticator) as apps, (select count(*)::int from recovery_code) as codes',
    );
    expect(rows[0]).toEqual(isOff ? { apps: 0, codes: 0 } : { apps: 1, codes: expect.any(Number) });
    expect((await halfWay()).url.includes('second-factor')).toBe(!isOff);
  });

  it('makes new recovery codes, and the old ones end', async () => {
    const browser = world.browser();
    const { recoveryCodes } = await enrol(browser);
    const { page } = await follow(browser, '/accounts/security/recovery-codes/', {});
    const fresh = [...page.body.matchAll(/<li>([0-9a-z-]+)<\/li>/g)].map(([, code]) => code ?? '');
    expect(fresh).toHaveLength(10);
    expect(fresh.some((code) => recoveryCodes.includes(code))).toBe(false);
    expect((await (await halfWay()).give(recoveryCodes[0]!)).statusCode).toBe(400);
    expect((await (await halfWay()).give(fresh[0]!)).statusCode).toBe(303);
  });

  it('is not open to a browser that signed in long ago', async () => {
    const browser = world.browser();
    const { secret } = await enrol(browser);
    pass(16 * 60_000);
    for (const [url, form] of [
      [`${PAGE}remove`, { code: await codeAt(secret) }],
      ['/accounts/security/recovery-codes/', {}],
      [PAGE, { code: '1' }],
    ] as const) {
      const asked = await browser.go({ method: 'POST', url, form });
      expect(String(asked.headers.location)).toContain('prompt=login');
    }
    const { rows } = await world.database.owner.query('select count(*)::int as count from authenticator');
    expect(rows[0].count).toBe(1);
  });
});
