/**
 * The attack: hold as many bodies and requests open as one can, with a token of one's own. With a patient's token the
 * process died of them. What is too much of one caller is refused to that caller; what is too much of all is refused to
 * whoever comes next, with a time to come back; and when the bodies are gone there is room again.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { head, type Line, listen, openLine } from '../setup/socket.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, users } from '../worlds/two-organizations.ts';

const KIB = 1024;

let exchange: TestExchange;
let port: number;
const tokens = new Map<string, string>();

beforeAll(async () => {
  exchange = await openTestExchange({
    intake: {
      capacity: {
        bytes: 600 * KIB,
        bytesOfCaller: 250 * KIB,
        bytesOfAnyone: 50 * KIB,
        requestsOfCaller: 4,
      },
    },
  });
  await fillTwoOrganizations(exchange.database.owner);
  for (const name of ['ada', 'ben', 'cleo', 'mo'] as const)
    tokens.set(name, await mintToken(exchange, { userId: users[name] }));
  port = await listen(exchange);
});
afterAll(() => exchange?.close());

/** Sends the better part of a body, and holds. */
async function hold(who: string | null, bytes: number, path = '/FHIR/R5'): Promise<Line> {
  const line = await openLine(port);
  const token = who === null ? undefined : tokens.get(who);
  line.send(head({ path, ...(token ? { token } : {}), headers: { 'content-length': bytes } }));
  line.send(' '.repeat(bytes - 1));
  return line;
}

/** The answer to a whole body. */
async function upload(who: string, bytes = 2): Promise<{ status: number; head: string }> {
  const line = await hold(who, bytes);
  line.send(' ');
  const answer = await line.answer();
  line.socket.destroy();
  return answer;
}

/** Sockets are quick and not instant. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((go) => setTimeout(go, 10));
}

async function isAnswered(who: string, status: number, bytes?: number): Promise<boolean> {
  const answer = await upload(who, bytes);
  if (answer.status === status && status !== 400) expect(answer.head).toMatch(/retry-after: \d/);
  return answer.status === status;
}

test('too many bytes of one caller are refused to that caller', async () => {
  const first = await hold('ada', 200 * KIB);
  await until(() => isAnswered('ada', 429, 100 * KIB));
  expect((await upload('ben')).status).toBe(400);
  first.socket.destroy();
});

test('too many requests of one caller are refused to that caller', async () => {
  const held = [];
  for (let n = 0; n < 4; n++) held.push(await hold('ada', 10 * KIB));
  await until(() => isAnswered('ada', 429));
  expect((await upload('ben')).status).toBe(400);
  for (const line of held) line.socket.destroy();
  await until(() => isAnswered('ada', 400));
});

test('too many bytes of all are refused to the next, and room comes back', async () => {
  const held = [];
  for (const who of ['ada', 'ben', 'cleo']) held.push(await hold(who, 200 * KIB));
  await until(() => isAnswered('mo', 503, 50 * KIB));
  const health = await openLine(port);
  health.send(head({ method: 'GET', path: '/health' }));
  expect((await health.answer()).status).toBe(200);
  health.socket.destroy();
  for (const line of held) line.socket.destroy();
  await until(() => isAnswered('mo', 400, 50 * KIB));
});

test('people without a token cannot take the place of those who have one', async () => {
  const held = [];
  for (let n = 0; n < 10; n++) held.push(await hold(null, 40 * KIB, `/api/v1/invitation/${'A'.repeat(32)}`));
  expect((await upload('ada')).status).toBe(400);
  for (const line of held) line.socket.destroy();
});
