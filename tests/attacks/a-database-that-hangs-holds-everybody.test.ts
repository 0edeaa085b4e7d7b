/**
 * The attack: the database (or the way to it) stops answering without closing anything. With the settings as they come,
 * where a statement may take 20 s, each first request on a connection was held for 25 s before it was told 503.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DatabaseProxy, openDatabaseProxy } from '../setup/database-proxy.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, users } from '../worlds/two-organizations.ts';

let proxy: DatabaseProxy;
let exchange: TestExchange;
let token: string;
beforeAll(async () => {
  exchange = await openTestExchange({
    // As good as no end: whoever waited for a statement would outlast this test.
    env: { JHE_DRAIN_SECONDS: '1', JHE_STATEMENT_SECONDS: '3600' },
    way: async (ownerUrl) => {
      proxy = await openDatabaseProxy(ownerUrl);
      return proxy.url;
    },
  });
  await fillTwoOrganizations(exchange.database.owner);
  token = await mintToken(exchange, { userId: users.ada });
});
afterAll(async () => {
  await exchange?.close();
  await proxy?.close();
});

it('everybody is told 503 before a statement could have ended, and served again when it answers', async () => {
  const read = () => exchange.request('GET', '/FHIR/R5/Observation?_count=5', { token });
  const signIn = () =>
    exchange.request('POST', '/o/token/', {
      form: { grant_type: 'client_credentials', client_id: 'world-portal', client_secret: 'x' },
    });
  expect((await read()).statusCode).toBe(200);
  proxy.block();
  const replies = await Promise.all([read(), signIn(), read(), signIn()]);
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([503, 503, 503, 503]);
  for (const { headers } of replies) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  await proxy.heal();
  await expect.poll(async () => (await read()).statusCode, { timeout: 15_000 }).toBe(200);
}, 60_000);
