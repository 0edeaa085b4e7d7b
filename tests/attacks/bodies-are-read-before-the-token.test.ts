/**
 * The attack: send large bodies without a token. They were read and parsed before anybody asked for one; 180 idle
 * connections took 5.8 GB, and 12 requests held /health for two minutes.
 *
 * Each request here declares a body and never finishes it: whoever answers has not waited for it.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPage } from '../../apps/exchange/src/app.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { type Head, head, listen, openLine } from '../setup/socket.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, users } from '../worlds/two-organizations.ts';

const MIB = 1024 * 1024;

let exchange: TestExchange;
let port: number;
let ada: string;

beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  ada = await mintToken(exchange, { userId: users.ada, clientId: 'glucose-app' });
  port = await listen(exchange);
});
afterAll(() => exchange?.close());

/** What is answered to a request of which only the beginning of the body has been sent. */
async function answerTo(request: Head): Promise<{ status: number; head: string }> {
  const line = await openLine(port);
  line.send(head({ ...request, headers: { 'content-length': 32 * MIB, ...request.headers } }));
  line.send(`[${' '.repeat(100_000)}`);
  const answer = await line.answer();
  line.socket.destroy();
  return answer;
}

const filled = (path: string) =>
  path
    .replace('/*', '/Anything')
    .replace(/:token/, 'A'.repeat(32))
    .replace(/:\w+/g, '40001');

describe('a body that never ends', () => {
  test('does not keep any guarded route from asking for a token', async () => {
    const guarded = exchange.app.registry.filter(
      (route) => !isPage(route) && route.method !== 'GET' && route.caller !== 'anyone',
    );
    expect(guarded.length).toBeGreaterThan(30);
    const faults: string[] = [];
    for (const { method, path } of guarded) {
      for (const token of [undefined, 'nonsense']) {
        const answer = await answerTo({ method, path: filled(path), ...(token ? { token } : {}) });
        if (answer.status !== 401) faults.push(`${method} ${path} with ${token}: ${answer.status}`);
      }
    }
    expect(faults).toEqual([]);
  }, 60_000);

  test.each<[string, () => Head, number]>([
    ['a path that nobody serves', () => ({ path: '/wp-login.php' }), 404],
    ['a route for others', () => ({ path: '/api/v1/studies', token: ada }), 403],
    ['more than a route takes', () => ({ path: '/FHIR/R5', token: ada }), 413],
    [
      'more than a route takes, without saying so',
      () => ({ path: '/api/v1/studies', headers: { 'content-length': 1.5 * MIB } }),
      401,
    ],
    [
      'a type that is not served',
      () => ({ path: '/FHIR/R5', token: ada, headers: { 'content-type': 'image/png' } }),
      415,
    ],
    [
      'a coding that is not served',
      () => ({ path: '/FHIR/R5', token: ada, headers: { 'content-encoding': 'gzip' } }),
      415,
    ],
    [
      'a large form',
      () => ({
        path: '/FHIR/R5/Observation/_search',
        token: ada,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      413,
    ],
  ])('%s', async (_name, request, status) => {
    expect((await answerTo(request())).status).toBe(status);
  });

  test('of a length that is not declared is read as far as a route takes it', async () => {
    const line = await openLine(port);
    line.send(
      head({ path: '/FHIR/R5/Observation', token: ada, headers: { 'transfer-encoding': 'chunked' } }),
    );
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let n = 0; n < 20; n++) line.send(chunk);
    expect((await line.answer()).status).toBe(413);
    line.socket.destroy();
  });
});

describe('a client that asks before it sends', () => {
  const ask = async (request: Head) => {
    const line = await openLine(port);
    line.send(head({ ...request, headers: { ...request.headers, expect: '100-continue' } }));
    return { line, answer: await line.answer() };
  };

  test('is told no at once without a token, and hung up on', async () => {
    const { line, answer } = await ask({ path: '/FHIR/R5', headers: { 'content-length': 32 * MIB } });
    expect(answer.status).toBe(401);
    await line.ended;
  });

  test.each<[string, () => Head, RegExp]>([
    ['a guarded route', () => ({ path: '/FHIR/R5', token: ada, headers: { 'content-length': 2 } }), / 400 /],
    ['a page of the provider', () => ({ path: '/o/token/', headers: { 'content-length': 2 } }), / 400 /],
  ])('is told to go on by %s', async (_name, request, last) => {
    const { line, answer } = await ask(request());
    expect(answer.status).toBe(100);
    line.send('{}');
    while (!last.test(line.text().split('\r\n\r\n')[1] ?? '')) await new Promise((go) => setTimeout(go, 5));
    line.socket.destroy();
  });
});

test.each([
  ['/accounts/password_reset/', 'application/x-www-form-urlencoded', 413],
  ['/o/register/', 'application/json', 400],
  ['/o/token/', 'application/x-www-form-urlencoded', 400],
])('%s answers before the end of a form that is too large', async (path, type, status) => {
  const headers = { 'content-type': type, 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8000' };
  expect((await answerTo({ path, headers })).status).toBe(status);
});

test('a refused upload of the usual size leaves the connection of use', async () => {
  const line = await openLine(port);
  const body = ' '.repeat(200_000);
  line.send(head({ path: '/FHIR/R5', headers: { 'content-length': body.length } }) + body);
  expect((await line.answer()).status).toBe(401);
  line.send(head({ method: 'GET', path: '/health' }));
  while (!/HTTP\/1\.1 200/.test(line.text())) await new Promise((go) => setTimeout(go, 5));
  line.socket.destroy();
});
