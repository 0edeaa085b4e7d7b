/** H-44: guessing is slowed, seen, and told nothing. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMails } from '../../../../../tests/setup/mail.ts';
import { codeRequest, openWorld, PASSWORD, SITE, type World } from '../../authorization/world.test-data.ts';
import { openSignInAttempts } from '../../identity/attempts.ts';
import { WRONG_CREDENTIALS } from '../views/sign-in.ts';

const MINUTE = 60_000;
let world: World;
let visit: Awaited<ReturnType<typeof openVisitPage>>;

beforeAll(async () => {
  world = await openWorld();
  visit = await openVisitPage();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await world.database.owner.query('truncate sign_in_attempt, audit_event, account_link, mail');
});
afterEach(() => world.setClock(null));

/** A sign-in page as one browser has it open: everything below is posted to it. */
async function openVisitPage() {
  const start = await world.request({ url: codeRequest().url });
  const cookie = start.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return { url: String(start.headers.location).replace(SITE, ''), cookie };
}

async function guess(email: string, { password = 'wrong', from = '192.0.2.1' } = {}) {
  const reply = await world.app.http.inject({
    method: 'POST',
    url: visit.url,
    remoteAddress: from,
    headers: {
      host: 'localhost:8000',
      cookie: visit.cookie,
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ email, password }).toString(),
  });
  return {
    status: reply.statusCode,
    wait: Number(reply.headers['retry-after'] ?? 0),
    body: reply.body,
    headers: reply.headers,
  };
}

async function close(email: string, from = '192.0.2.200'): Promise<void> {
  for (let count = 0; count < 10; count++) expect((await guess(email, { from })).status).toBe(400);
}

const openAttempts = (clock = () => new Date()) =>
  openSignInAttempts({ config: world.config, system: world.system, clock });

const rows = async (text: string) => (await world.database.owner.query(text)).rows;
const trail = () =>
  rows(
    "select reason, outcome, subject_user_id, count(*)::int as times from audit_event where reason like 'sign-in%' and user_id is null group by 1, 2, 3 order by 1, 3",
  );

describe('what is said', () => {
  const KNOWN = 'rivera@example.org';
  const ALIKE: [string, string][] = [
    ['a deactivated person', 'gone@example.org'],
    ['a person without a password', 'ada@example.org'],
    ['nobody', 'nobody@example.org'],
  ];
  const anonymous = ({ body, ...reply }: Awaited<ReturnType<typeof guess>>, email: string) => {
    const { date: _, ...headers } = reply.headers as Record<string, unknown>;
    return { ...reply, headers, body: body.replaceAll(email, 'somebody') };
  };

  it.each(ALIKE)('is the same of a known person and of %s', async (_name, email) => {
    for (const password of ['wrong', '', 'x'.repeat(5000)]) {
      const known = await guess(KNOWN, { password });
      expect(known.status).toBe(400);
      expect(known.body).toContain(WRONG_CREDENTIALS);
      const other = await guess(email, { password });
      const length = 'content-length';
      expect(anonymous(other, email)).toEqual({
        ...anonymous(known, KNOWN),
        headers: { ...anonymous(known, KNOWN).headers, [length]: other.headers[length] },
      });
      expect(other.body.length - known.body.length).toBe(email.length - KNOWN.length);
    }
  });

  it.each(ALIKE)('is the same once it is closed: a known person and %s', async (_name, email) => {
    const at = new Date();
    world.setClock(at);
    const attempt = async (who: string) => {
      await close(who);
      return anonymous(await guess(who, { password: PASSWORD }), who);
    };
    const known = await attempt(KNOWN);
    expect([known.status, known.wait]).toEqual([429, 900]);
    expect(known.body).toContain('Too many attempts. Wait 15 minutes, then try again.');
    const other = await attempt(email);
    expect(other.body).toBe(known.body);
    expect([other.status, other.wait]).toEqual([429, 900]);
  });
});

describe('an account', () => {
  it('closes for longer each time, whichever addresses the guesses come from', async () => {
    let now = Date.now();
    const attempts = await openAttempts(() => new Date(now));
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      for (let count = 0; count < 10; count++) {
        expect(await attempts.waitSeconds(`10.0.${round}.${count}`, 'rivera@example.org')).toBe(0);
      }
      const wait = await attempts.waitSeconds('10.9.9.9', 'rivera@example.org');
      waits.push(wait / 60);
      now += wait * 1000;
    }
    expect(waits).toEqual([15, 30, 60, 120, 240, 240]);
    // A day without a failure is forgotten.
    now += 25 * 60 * MINUTE;
    for (let count = 0; count < 10; count++)
      await attempts.waitSeconds(`10.8.0.${count}`, 'rivera@example.org');
    expect(await attempts.waitSeconds('10.9.9.9', 'rivera@example.org')).toBe(900);
  });

  it('is one account in every spelling of its address', async () => {
    for (let count = 0; count < 10; count++) {
      await guess(count % 2 ? 'RIVERA@example.org' : '  rivera@Example.ORG ');
    }
    expect((await guess('Rivera@example.org', { password: PASSWORD })).status).toBe(429);
  });

  it('starts anew with the right password', async () => {
    for (let count = 0; count < 9; count++) await guess('rivera@example.org');
    expect((await guess('rivera@example.org', { password: PASSWORD })).status).toBe(303);
    visit = await openVisitPage();
    for (let count = 0; count < 9; count++) expect((await guess('rivera@example.org')).status).toBe(400);
    // The address keeps its failures, and not the attempt that was right.
    expect(await rows("select failures from sign_in_attempt where key like 'address:%'")).toEqual([
      { failures: 18 },
    ]);
  });

  it('has ten attempts at the same moment looked at, not more', async () => {
    const replies = await Promise.all(Array.from({ length: 30 }, () => guess('rivera@example.org')));
    expect(replies.filter(({ status }) => status === 400)).toHaveLength(10);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(20);
    expect(await rows('select count(*)::int from mail')).toEqual([{ count: 1 }]);
  });

  it('is counted by all servers of a database together', async () => {
    const other = await openAttempts();
    for (let count = 0; count < 5; count++) {
      await guess('rivera@example.org');
      expect(await other.waitSeconds('10.1.1.1', 'rivera@example.org')).toBe(0);
    }
    expect((await guess('rivera@example.org')).status).toBe(429);
    expect(await other.waitSeconds('10.1.1.1', 'rivera@example.org')).toBeGreaterThan(800);
    await other.open('rivera@example.org');
    expect((await guess('rivera@example.org')).status).toBe(400);
  });

  it('leaves no address in the table', async () => {
    await guess('rivera@example.org');
    const keys = (await rows('select key from sign_in_attempt')).map(({ key }) => key);
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(key).toMatch(/^(everywhere|(address|account):[\w-]{43})$/);
  });
});

describe('an address', () => {
  it('may fail 50 times in 15 minutes, and closes no accounts after that', async () => {
    world.setClock(new Date());
    for (let count = 0; count < 50; count++) {
      expect((await guess(`person${count}@example.org`)).status).toBe(400);
    }
    expect(await guess('rivera@example.org', { password: PASSWORD })).toMatchObject({
      status: 429,
      wait: 900,
    });
    for (let count = 0; count < 12; count++) await guess('rivera@example.org');
    expect((await guess('rivera@example.org', { from: '192.0.2.2' })).status).toBe(400);
    world.setClock(new Date(Date.now() + 15 * MINUTE + 1000));
    expect((await guess('person1@example.org')).status).toBe(400);
  });

  const NETWORKS: [string, string, string, boolean][] = [
    ['of IPv6 stands for its network', '2001:db8:1:2::1', '2001:db8:1:2:aaaa:bbbb:cccc:dddd', true],
    ['of IPv6 does not stand for the next network', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['of IPv4 is itself in the spelling of IPv6', '192.0.2.7', '::ffff:192.0.2.7', true],
    ['of IPv4 stands for nobody else', '192.0.2.7', '192.0.2.8', false],
    ['of mail is one in every spelling', 'ada@example.org', 'ADA@Example.org', true],
  ];
  it.each(NETWORKS)('%s', async (_name, from, other, isSame) => {
    const { limit } = await openAttempts();
    for (let count = 0; count < 3; count++) expect(await limit('codes', from, 3, 60)).toBe(0);
    expect((await limit('codes', other, 3, 60)) > 0).toBe(isSame);
    expect(await limit('other codes', from, 3, 60)).toBe(0);
  });
});

describe('a thousand attempts', () => {
  const KNOWN = ['rivera@example.org', 'gone@example.org', 'ada@example.org', 'root@example.org'];
  type Attempt = { email: string; from: string };
  /** Twenty at a time, as somebody in a hurry does it. */
  async function spray<T>(
    addresses: number,
    accounts: number,
    one: (attempt: Attempt) => Promise<T>,
  ): Promise<T[]> {
    const results: T[] = [];
    for (let begin = 0; begin < 1000; begin += 20) {
      const batch = Array.from({ length: 20 }, (_, step) => {
        const [address, account] = [(begin + step) % addresses, (begin + step) % accounts];
        const from = `10.1.${Math.floor(address / 250)}.${address % 250}`;
        return one({ email: KNOWN[account] ?? `person${account}@example.org`, from });
      });
      results.push(...(await Promise.all(batch)));
    }
    return results;
  }

  async function expectTrail(lookedAt: number): Promise<void> {
    expect(await rows('select count(*)::int from audit_event')).toEqual([{ count: 1000 }]);
    const inTrail = await trail();
    expect(inTrail.every(({ outcome }) => outcome === 'refused')).toBe(true);
    const times = (reason: string) =>
      inTrail.filter((row) => row.reason === reason).reduce((sum, row) => sum + row.times, 0);
    expect(times('sign-in: password')).toBe(lookedAt);
    expect(times('sign-in: password, too many attempts')).toBe(1000 - lookedAt);
    // Whom it was about is known where there is somebody.
    expect(inTrail.some((row) => Number(row.subject_user_id) === 10001)).toBe(true);
  }

  const OVER_HTTP: [name: string, addresses: number, accounts: number, lookedAt: number][] = [
    ['from one address over a thousand accounts', 1, 1000, 50],
    ['from a hundred addresses at five accounts', 100, 5, 50],
  ];
  it.each(OVER_HTTP)(
    '%s are slowed, and all in the trail',
    { timeout: 120_000 },
    async (_name, addresses, accounts, most) => {
      const replies = await spray(addresses, accounts, ({ email, from }) => guess(email, { from }));
      const lookedAt = replies.filter(
        ({ status, body }) => status === 400 && body.includes(WRONG_CREDENTIALS),
      );
      const refused = replies.filter(({ status, wait }) => status === 429 && wait > 0);
      expect([lookedAt.length, refused.length]).toEqual([most, 1000 - most]);
      await expectTrail(most);
    },
  );

  const AT_LARGE: [name: string, addresses: number, accounts: number, most: number][] = [
    ['from ten addresses over a hundred accounts', 10, 100, 350],
    ['from forty addresses over a thousand accounts', 40, 1000, 350],
  ];
  it.each(AT_LARGE)(
    '%s are slowed, and all in the trail',
    { timeout: 120_000 },
    async (_name, addresses, accounts, most) => {
      const attempts = await openAttempts();
      const waits = await spray(addresses, accounts, async ({ email, from }) => {
        const wait = await attempts.waitSeconds(from, email);
        if (wait === 0) await attempts.fail(from, email, { userId: email === KNOWN[0] ? 10_001 : undefined });
        return wait;
      });
      const lookedAt = waits.filter((wait) => wait === 0).length;
      expect(lookedAt).toBeGreaterThanOrEqual(300);
      expect(lookedAt).toBeLessThanOrEqual(most);
      await expectTrail(lookedAt);
    },
  );
});

describe('the unlock link', () => {
  const linkOf = async () => {
    const [mail] = openMails(await rows('select recipient, subject, body from mail'));
    const link = /http:\/\/localhost:8000(\/accounts\/unlock\/[\w-]{43})/.exec(mail?.body ?? '')?.[1] ?? '';
    return { mail, link };
  };
  const open = (url: string, method: 'GET' | 'POST' = 'GET') => world.request({ method, url });

  it('is sent once to a person whose account closed, and to nobody else', async () => {
    for (const email of ['rivera@example.org', 'gone@example.org', 'nobody@example.org']) {
      await close(email);
      await guess(email);
    }
    const { mail } = await linkOf();
    expect(mail.recipient).toBe('Rivera@example.org');
    expect(mail.body).toContain('If it was not you');
    expect(await rows('select count(*)::int from mail')).toEqual([{ count: 1 }]);
    // Only the hash is kept.
    const [kept] = await rows('select token_hash, purpose from account_link');
    expect(kept.purpose).toBe('unlock');
    expect(mail.body).not.toContain(kept.token_hash);
  });

  it('is not sent when the tenth attempt was right', async () => {
    for (let count = 0; count < 9; count++) await guess('rivera@example.org');
    expect((await guess('rivera@example.org', { password: PASSWORD })).status).toBe(303);
    visit = await openVisitPage();
    expect(await rows('select count(*)::int from mail')).toEqual([{ count: 0 }]);
  });

  it('opens the account, by its button, once', async () => {
    await close('rivera@example.org');
    const { link } = await linkOf();
    // Looking, as programs that check mail do, changes nothing.
    for (let count = 0; count < 2; count++) {
      const page = await open(link);
      expect(page.statusCode).toBe(200);
      expect(page.body).toContain('Let me sign in again');
    }
    expect((await guess('rivera@example.org', { password: PASSWORD })).status).toBe(429);
    expect((await open(link, 'POST')).statusCode).toBe(200);
    expect((await guess('rivera@example.org', { password: PASSWORD })).status).toBe(303);
    visit = await openVisitPage();
    for (const method of ['GET', 'POST'] as const) expect((await open(link, method)).statusCode).toBe(410);
    const used = await rows(
      "select user_id, outcome from audit_event where reason = 'account: unlock' order by id",
    );
    expect(used.map(({ user_id, outcome }) => [user_id === null ? null : Number(user_id), outcome])).toEqual([
      [10001, 'ok'],
      [null, 'refused'],
    ]);
  });

  it('works for an hour', async () => {
    world.setClock(new Date());
    await close('rivera@example.org');
    const { link } = await linkOf();
    world.setClock(new Date(Date.now() + 59 * MINUTE));
    expect((await open(link)).statusCode).toBe(200);
    world.setClock(new Date(Date.now() + 61 * MINUTE));
    expect((await open(link)).statusCode).toBe(410);
    expect((await open(link, 'POST')).statusCode).toBe(410);
  });

  it('is nothing but itself', async () => {
    expect((await open(`/accounts/unlock/${'a'.repeat(43)}`)).statusCode).toBe(410);
    const fromElsewhere = await world.request({
      method: 'POST',
      url: `/accounts/unlock/${'a'.repeat(43)}`,
      headers: { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' },
    });
    expect(fromElsewhere.statusCode).toBe(403);
  });
});
