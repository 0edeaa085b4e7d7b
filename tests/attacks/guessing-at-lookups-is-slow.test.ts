/**
 * The attack: somebody who works here walks through addresses or numbers with the routes that find people of elsewhere.
 * Each of them takes so many calls a minute from one address, and then says 429 with Retry-After.
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
let token: string;
beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  token = await mintToken(exchange, { userId: users.mo });
});
afterAll(() => exchange?.close());

describe.each(LOOKUPS)('%s %s', (method, path, call, most) => {
  it(`takes ${most} calls a minute`, async () => {
    const route = exchange.app.registry.find((one) => one.method === method && one.path === path);
    expect(route?.callsPerMinute).toBe(most);
    for (let n = 0; n < most; n++) {
      const { statusCode } = await exchange.request(method, call(n), { token });
      expect([n, statusCode], 'within the limit').not.toEqual([n, 429]);
    }
    const over = await exchange.request(method, call(most), { token });
    expect([over.statusCode, over.headers['retry-after']]).toEqual([429, '60']);
  });
});
