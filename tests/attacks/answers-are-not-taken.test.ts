/**
 * The attack: somebody asks and does not take the answers. Without a token, 300 connections with 500 requests each sent at
 * once (10 MB altogether) held `/health` for 47 s and 1.8 GB; somebody with a token could keep 32 pages in memory for as
 * long as they took a byte a minute.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { head, listen, openLine } from '../setup/socket.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, users } from '../worlds/two-organizations.ts';

let exchange: TestExchange;
let port: number;
let ada: string;

beforeAll(async () => {
  // A clock that ticks faster than the real one; what is counted is the same.
  exchange = await openTestExchange({
    intake: { pace: { tickMs: 50, takeTicks: 10, takenPerTick: 64 * 1024 * 1024 } },
  });
  await fillTwoOrganizations(exchange.database.owner);
  // A page that no buffer between the two of them holds.
  exchange.app.http.get('/large', (_request, reply) => reply.send('x'.repeat(32 * 1024 * 1024)));
  ada = await mintToken(exchange, { userId: users.ada, clientId: 'glucose-app' });
  port = await listen(exchange);
});
afterAll(() => exchange?.close());

const ask = (path: string, token?: string) => head({ path, method: 'GET', ...(token ? { token } : {}) });
const answers = (text: string) => text.match(/HTTP\/1\.1 200/g)?.length ?? 0;

test('whoever asks for a few things at once on one connection gets them all', async () => {
  const line = await openLine(port);
  line.send(ask('/health').repeat(16));
  await expect.poll(() => answers(line.text())).toBe(16);
  line.send(ask('/health').repeat(16));
  await expect.poll(() => answers(line.text())).toBe(32);
  line.socket.destroy();
});

test('whoever asks for hundreds is cut off', async () => {
  const line = await openLine(port);
  line.send(ask('/o/.well-known/jwks.json').repeat(200));
  await line.ended;
  expect(answers(line.text())).toBeLessThan(200);
});

test('whoever does not take an answer is cut off', async () => {
  const line = await openLine(port);
  line.send(ask('/large'));
  await expect.poll(() => line.text().length).toBeGreaterThan(0);
  line.socket.pause();
  await expect
    .poll(
      () => new Promise((resolve) => exchange.app.http.server.getConnections((_e, count) => resolve(count))),
    )
    .toBe(0);
  line.socket.destroy();
});

test('whoever hangs up in the middle leaves nothing behind that counts against them', async () => {
  for (let round = 0; round < 4; round++) {
    const line = await openLine(port);
    line.send(ask('/large') + ask('/FHIR/R5/Observation?_count=5', ada).repeat(12));
    await expect.poll(() => line.text().length).toBeGreaterThan(0);
    line.socket.pause();
    // Until all of them are looked at.
    await new Promise((resolve) => setTimeout(resolve, 200));
    line.socket.destroy();
    await line.ended;
  }
  const read = () => exchange.request('GET', '/FHIR/R5/Observation?_count=5', { token: ada });
  await expect.poll(async () => (await read()).statusCode).toBe(200);
});
