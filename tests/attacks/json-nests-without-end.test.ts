/**
 * The attack: JSON of thousands of levels, or of so many values that a small body unfolds to a large one. It was parsed,
 * and what walks over it afterwards ran out of stack: the one 500 that 330,000 random requests had found.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPage } from '../../apps/exchange/src/app.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, users } from '../worlds/two-organizations.ts';

let exchange: TestExchange;
let root: string;

beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  root = await mintToken(exchange, { userId: users.root });
});
afterAll(() => exchange?.close());

const filled = (path: string) =>
  path
    .replace('/*', '/Anything')
    .replace(/:token/, 'A'.repeat(32))
    .replace(/:\w+/g, '40001');

const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;

const BODIES: [string, string, RegExp][] = [
  ['lists in lists', nested(20_000, '[', ']'), /nested deeper than 64 levels/],
  ['objects in objects', nested(8_000, '{"a":', '}'), /nested deeper than 64 levels/],
  ['what only begins', '['.repeat(60_000), /nested deeper than 64 levels/],
  ['very many values', `[${'1,'.repeat(30_000)}1]`, /holds more than \d+ values/],
];

describe.each(BODIES)('%s', (_name, payload, says) => {
  test('are refused by every route that reads a body, with the reason', async () => {
    const faults: string[] = [];
    let told = 0;
    for (const route of exchange.app.registry) {
      // Pages take forms, and no JSON.
      if (isPage(route) || route.method === 'GET') continue;
      const { method, path, body } = route;
      // A batch may have many values.
      if (body !== undefined && /values/.test(says.source)) continue;
      const reply = await exchange.app.http.inject({
        method,
        url: filled(path),
        headers: { authorization: `Bearer ${root}`, 'content-type': 'application/json' },
        payload,
      });
      if (says.test(reply.body)) told++;
      if (reply.statusCode !== 400 && reply.statusCode !== 403) {
        faults.push(`${method} ${path}: ${reply.statusCode} ${reply.body.slice(0, 100)}`);
      }
    }
    expect(faults).toEqual([]);
    expect(told).toBeGreaterThan(30);
  });
});

test('the registration of clients refuses it as well', async () => {
  const reply = await exchange.app.http.inject({
    method: 'POST',
    url: '/o/register/',
    headers: { 'content-type': 'application/json' },
    payload: `{"client_name":"x","x":${nested(15_000, '[', ']')}}`,
  });
  expect([reply.statusCode, reply.json().error]).toEqual([400, 'invalid_client_metadata']);
});

test('what is not too deep is taken', async () => {
  const reply = await exchange.app.http.inject({
    method: 'PATCH',
    url: '/api/v1/studies/30001',
    headers: {
      authorization: `Bearer ${await mintToken(exchange, { userId: users.mo })}`,
      'content-type': 'application/json',
    },
    payload: `{"name":"Glucose","more":${nested(60, '[', ']')},"text":"${'[{'.repeat(1000)}\\"${'['.repeat(100)}"}`,
  });
  expect(reply.statusCode, reply.body).toBe(200);
});
