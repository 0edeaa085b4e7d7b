/**
 * The attack: fifty wrong passwords shut an address, and with it the whole clinic behind it; ten shut an account, and its
 * owner out. Whoever has signed in in a browser before goes on signing in there, whatever strangers and neighbours do, and
 * guessing is as slow as before, also with a cookie that was stolen or made up.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashPassword } from '../../apps/exchange/src/access/password.ts';
import {
  codeRequest,
  openWorld,
  PASSWORD,
  SITE,
  type World,
} from '../../apps/exchange/src/authorization/world.test-data.ts';

const RIVERA = 'rivera@example.org';
const CLINIC = '192.0.2.1';
const ELSEWHERE = '198.51.100.9';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.database.owner.query(
    "insert into app_user (id, email, password_hash, email_verified) values (10009, 'nina@example.org', $1, true)",
    [await hashPassword(PASSWORD)],
  );
});
afterAll(() => world?.close());
beforeEach(() => world.database.owner.query('delete from sign_in_attempt'));

type Cookies = Record<string, string>;

/** One attempt in a browser with these cookies; whatever it is given is kept. */
async function attempt(email: string, password: string, from: string, jar: Cookies = {}) {
  const send = async (method: 'GET' | 'POST', url: string, form?: Record<string, string>) => {
    const reply = await world.app.http.inject({
      method,
      url,
      remoteAddress: from,
      headers: {
        host: 'localhost:8000',
        cookie: Object.entries(jar)
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(form ? { payload: new URLSearchParams(form).toString() } : {}),
    });
    for (const { name, value } of reply.cookies) jar[name] = value;
    return reply;
  };
  // The session is somebody's; each attempt begins without one, as on the next day.
  for (const name of Object.keys(jar)) if (!name.includes('browser')) delete jar[name];
  const start = await send('GET', codeRequest().url);
  const page = String(start.headers.location).replace(SITE, '');
  return (await send('POST', page, { email, password })).statusCode;
}

/** Wrong passwords from one address until it is shut. */
async function shutAddress(from: string): Promise<void> {
  for (let n = 0; n < 50; n++) await attempt(`person${n}@example.org`, 'wrong', from);
  expect(await attempt('nina@example.org', PASSWORD, from)).toBe(429);
}
async function shutAccount(email: string, from: string): Promise<void> {
  for (let n = 0; n < 10; n++) expect(await attempt(email, 'wrong', from)).toBe(400);
  expect(await attempt(email, PASSWORD, from)).toBe(429);
}

describe('in a browser that is known', () => {
  it('one signs in although a neighbour has shut the address', async () => {
    const mine: Cookies = {};
    expect(await attempt(RIVERA, PASSWORD, CLINIC, mine)).toBe(303);
    await shutAddress(CLINIC);
    expect(await attempt(RIVERA, PASSWORD, CLINIC, mine)).toBe(303);
    // In the browser of somebody else it is as shut as for everybody.
    expect(await attempt('nina@example.org', PASSWORD, CLINIC, mine)).toBe(429);
  });

  it('one signs in although strangers have shut the account', async () => {
    const mine: Cookies = {};
    expect(await attempt(RIVERA, PASSWORD, CLINIC, mine)).toBe(303);
    await shutAccount(RIVERA, ELSEWHERE);
    expect(await attempt(RIVERA, PASSWORD, CLINIC, mine)).toBe(303);
    // Also from where the strangers are, and after a few slips of one's own.
    for (let n = 0; n < 5; n++) expect(await attempt(RIVERA, 'wrong', ELSEWHERE, mine)).toBe(400);
    expect(await attempt(RIVERA, PASSWORD, ELSEWHERE, mine)).toBe(303);
  });

  it('people who share a browser are each known in it', async () => {
    const shared: Cookies = {};
    expect(await attempt(RIVERA, PASSWORD, CLINIC, shared)).toBe(303);
    expect(await attempt('nina@example.org', PASSWORD, CLINIC, shared)).toBe(303);
    await shutAccount(RIVERA, ELSEWHERE);
    expect(await attempt(RIVERA, PASSWORD, CLINIC, shared)).toBe(303);
    expect(await attempt('nina@example.org', PASSWORD, CLINIC, shared)).toBe(303);
  });
});

describe('guessing is as slow as before', () => {
  it('with a stolen cookie: ten guesses more, then it is a browser like any other', async () => {
    const stolen: Cookies = {};
    expect(await attempt(RIVERA, PASSWORD, CLINIC, stolen)).toBe(303);
    const answers: number[] = [];
    for (let n = 0; n < 30; n++) answers.push(await attempt(RIVERA, 'wrong', ELSEWHERE, { ...stolen }));
    expect(answers.filter((status) => status === 400)).toHaveLength(20);
    expect(answers.slice(20).every((status) => status === 429)).toBe(true);
  });

  it('at the same moment too', async () => {
    const stolen: Cookies = {};
    expect(await attempt(RIVERA, PASSWORD, CLINIC, stolen)).toBe(303);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => attempt(RIVERA, 'wrong', ELSEWHERE, { ...stolen })),
    );
    expect(answers.filter((status) => status === 400)).toHaveLength(20);
  });

  it.each([
    ['made up', () => `${'a'.repeat(22)}.${'b'.repeat(43)}`],
    [
      'of many entries',
      () => Array.from({ length: 500 }, () => `${'a'.repeat(22)}.${'b'.repeat(43)}`).join('~'),
    ],
    ['of nonsense', () => '~~..~%00'],
  ])('with a cookie %s', async (_name, make) => {
    const jar = () => ({ jhe_browser: make() });
    for (let n = 0; n < 10; n++) expect(await attempt(RIVERA, 'wrong', ELSEWHERE, jar())).toBe(400);
    expect(await attempt(RIVERA, PASSWORD, ELSEWHERE, jar())).toBe(429);
  });

  it('with the cookie of another account', async () => {
    const nina: Cookies = {};
    expect(await attempt('nina@example.org', PASSWORD, ELSEWHERE, nina)).toBe(303);
    for (let n = 0; n < 10; n++) expect(await attempt(RIVERA, 'wrong', ELSEWHERE, { ...nina })).toBe(400);
    expect(await attempt(RIVERA, PASSWORD, ELSEWHERE, { ...nina })).toBe(429);
  });
});

it('the cookie names nobody and signs nobody in', async () => {
  const mine: Cookies = {};
  await attempt(RIVERA, PASSWORD, CLINIC, mine);
  const { jhe_browser: cookie = '' } = mine;
  expect(cookie).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
  const page = await world.request({
    url: '/accounts/security/',
    headers: { cookie: `jhe_browser=${cookie}` },
  });
  expect(String(page.headers.location)).toContain('/accounts/login/');
});
