/** The attack: send a body a byte every few seconds, or stop in the middle of it. Such connections stayed open for ever. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { type Head, head, listen, openLine } from '../setup/socket.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, users } from '../worlds/two-organizations.ts';

let exchange: TestExchange;
let port: number;
let ada: string;

beforeAll(async () => {
  // A clock that ticks faster than the real one; what is counted is the same.
  exchange = await openTestExchange({
    intake: { pace: { tickMs: 50, idleTicks: 6, totalTicks: 12, lingerTicks: 3 } },
  });
  await fillTwoOrganizations(exchange.database.owner);
  ada = await mintToken(exchange, { userId: users.ada, clientId: 'glucose-app' });
  port = await listen(exchange);
});
afterAll(() => exchange?.close());

const REQUESTS: [string, () => Head][] = [
  ['a guarded route', () => ({ path: '/FHIR/R5', token: ada })],
  ['an open route', () => ({ path: `/api/v1/invitation/${'A'.repeat(32)}` })],
  ['the token endpoint', () => ({ path: '/o/token/' })],
  ['an account page', () => ({ path: '/accounts/login/' })],
];

describe.each(REQUESTS)('%s', (_name, request) => {
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': 500 };
  const open = async () => {
    const line = await openLine(port);
    const { path, token } = request();
    line.send(head({ path, ...(token ? { token } : {}), headers: token ? { 'content-length': 500 } : form }));
    return line;
  };

  test('hangs up on who stops', async () => {
    const line = await open();
    line.send('[');
    await line.ended;
    expect(line.text()).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  test('hangs up on who sends a byte at a time', async () => {
    const line = await open();
    const drip = setInterval(() => line.send(' '), 60);
    await line.ended;
    clearInterval(drip);
    expect(line.text()).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

test('a guarded route says why', async () => {
  const line = await openLine(port);
  line.send(head({ path: '/FHIR/R5', token: ada, headers: { 'content-length': 500 } }));
  await line.ended;
  expect(line.text()).toMatch(/^HTTP\/1\.1 408 /);
  expect(line.text()).toContain('The request body came too slowly.');
});

test('whoever goes on sending what is not read is hung up on', async () => {
  const line = await openLine(port);
  line.send(head({ path: '/FHIR/R5', headers: { 'content-length': 1_000_000_000 } }));
  const flood = setInterval(() => line.send(' '.repeat(1000)), 20);
  expect((await line.answer()).status).toBe(401);
  await line.ended;
  clearInterval(flood);
});
