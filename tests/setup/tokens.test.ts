import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestExchange, type TestExchange } from './exchange.ts';
import { mintToken } from './tokens.ts';

let exchange: TestExchange;
beforeAll(async () => {
  exchange = await openTestExchange();
  await exchange.database.owner.query(
    "insert into app_user (id, email, active) values (10001, 'one@example.org', true), (10002, 'two@example.org', false)",
  );
});
afterAll(() => exchange?.close());

const profile = (token: string) => exchange.request('GET', '/api/v1/users/profile', { token });

it('mints tokens that open the exchange, for people who are active', async () => {
  expect((await profile(await mintToken(exchange, { userId: 10_001 }))).statusCode).toBe(200);
  expect((await profile(await mintToken(exchange, { userId: 10_002 }))).statusCode).toBe(401);
  expect((await profile(await mintToken(exchange, { userId: 10_003 }))).statusCode).toBe(401);
  expect(
    (await profile(await mintToken(exchange, { userId: 10_001, expiresInSeconds: -1 }))).statusCode,
  ).toBe(401);
});

it('serves the sign-in and discovery beside the other faces', async () => {
  expect((await exchange.request('GET', '/o/.well-known/openid-configuration')).statusCode).toBe(200);
  expect((await exchange.request('GET', '/FHIR/R5/.well-known/smart-configuration')).statusCode).toBe(200);
  expect((await exchange.request('POST', `/api/v1/invitation/${'a'.repeat(32)}`)).statusCode).toBe(404);
});
