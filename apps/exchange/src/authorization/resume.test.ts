import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';

let exchange: TestExchange;
beforeAll(async () => {
  exchange = await openTestExchange();
});
afterAll(() => exchange?.close());

test.each([
  '',
  '?client_id=jhe-portal',
  '?client_id=jhe-portal&redirect_uri=&response_type=code',
  '?client_id=nobody',
])(
  'going on with a sign-in that there is not, %j, is refused with a page and no fault of ours',
  async (query) => {
    const reply = await exchange.request('GET', `/o/authorize/AAAAAAAAAAAAAAAAAAAAA${query}`);
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
    expect(exchange.logLines).toEqual([]);
  },
);
