/**
 * The attack: somebody who works here walks through addresses or numbers with the routes that find people of elsewhere.
 * Each of them takes so many calls a minute from one network, and of one person from wherever, and then says 429 with
 * Retry-After. A subscriber has 18,446,744,073,709,551,616 addresses of IPv6, which are one network.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, organizations, users } from '../worlds/two-organizations.ts';

/** Routes that tell whether somebody is known, and how many calls of one address they take in a minute. */
const LOOKUPS: [method: string, path: string, call: (n: number) => string, most: number][] = [
  [
    'GET',
    '/api/v1/patients/global_lookup',
    (n) => `/api/v1/patients/global_lookup?email=p${n}@example.org`,
    30,
  ],
  [
    'PATCH',
    '/api/v1/patients/:id/global_add_organization',
    (n) => `/api/v1/patients/${90_000 + n}/global_add_organization?organizationId=${organizations.lakeside}`,
    30,
  ],
  [
    'GET',
    '/api/v1/users/search_by_email',
    (n) => `/api/v1/users/search_by_email?email=p${n}@example.org`,
    30,
  ],
  ['POST', '/api/v1/invitation/:token', (n) => `/api/v1/invitation/${String(n).padStart(32, 'a')}`, 20],
];

let exchange: TestExchange;
beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
});
afterAll(() => exchange?.close());

const tokenOf = (who: keyof typeof users) => mintToken(exchange, { userId: users[who] });
const hex = (n: number) => n.toString(16);

describe.each(LOOKUPS)('%s %s', (method, path, call, most) => {
  it.each<[string, (n: number) => string, readonly (keyof typeof users)[]]>([
    ['one network, whoever asks', (n) => `2001:db8:0:7::${hex(n + 1)}`, ['mo', 'hana', 'rivera']],
    ['one person, wherever they ask from', (n) => `2001:db8:0:${hex(n + 256)}::1`, ['vic']],
  ])(`takes ${most} calls a minute of %s`, async (_of, from, people) => {
    const route = exchange.app.registry.find((one) => one.method === method && one.path === path);
    expect(route).toMatchObject({ callsPerMinute: most });
    if (route?.caller === 'anyone' && people.length === 1) return;
    const tokens = await Promise.all(people.map(tokenOf));
    const ask = (n: number) =>
      exchange.request(method, call(n), { token: tokens[n % tokens.length]!, from: from(n) });
    for (let n = 0; n < most; n++) {
      const { statusCode } = await ask(n);
      expect([n, statusCode], 'within the limit').not.toEqual([n, 429]);
    }
    const over = await ask(most);
    expect([over.statusCode, over.headers['retry-after']]).toEqual([429, '60']);
  });
});
