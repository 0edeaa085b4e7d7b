/**
 * The attack: one sender registers clients, patiently, until as many wait as may wait at all; then nobody else can
 * register one for thirty days. Of one network ten wait at a time, however long it takes, and others are taken meanwhile.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openWorld, type World } from '../../apps/exchange/src/authorization/world.test-data.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.database.owner.query("select setval(pg_get_serial_sequence('client', 'id'), 1000)");
});
afterAll(() => world?.close());
beforeEach(async () => {
  world.setClock(null);
  await world.database.owner.query(
    'delete from client where approved_at is null; delete from sign_in_attempt',
  );
});

const register = async (from: string) =>
  (
    await world.app.http.inject({
      method: 'POST',
      url: '/o/register/',
      remoteAddress: from,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({
        client_name: 'A notebook',
        redirect_uris: ['https://app.example.org/callback'],
        token_endpoint_auth_method: 'none',
      }),
    })
  ).statusCode;

const HOUR = 60 * 60 * 1000;

const SENDERS: [name: string, address: (n: number) => string][] = [
  ['one address', () => '203.0.113.7'],
  ['the networks of one IPv6 subscriber', (n) => `2001:db8:77:${(n + 1).toString(16)}::1`],
];
it.each(SENDERS)('%s fills ten places and no more, in days', async (_name, address) => {
  const start = Date.now();
  const answers: number[] = [];
  for (let n = 0; n < 40; n++) {
    // Slowly enough for every limit on what comes quickly.
    world.setClock(new Date(start + n * 2 * HOUR));
    answers.push(await register(address(n)));
  }
  expect(answers.filter((status) => status === 201)).toHaveLength(10);
  expect(answers.slice(10).every((status) => status === 429)).toBe(true);
  expect(await register('198.51.100.3')).toBe(201);
});

it('ten at the same moment are ten', async () => {
  const answers = await Promise.all(Array.from({ length: 18 }, () => register('203.0.113.9')));
  expect(answers.filter((status) => status === 201)).toHaveLength(10);
});

it('keeps no address: only a name that this database alone can make', async () => {
  await register('203.0.113.7');
  const { rows } = await world.database.owner.query(
    'select to_jsonb(client)::text as row from client where approved_at is null',
  );
  expect(rows).toHaveLength(1);
  expect(rows[0].row).not.toContain('203.0.113');
});
