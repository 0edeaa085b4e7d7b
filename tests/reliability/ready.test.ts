/** `/health` and `/ready` tell the truth: about the process, and about the database with its second wall. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '../../apps/exchange/src/config.ts';
import { openPool, type Pool } from '../../apps/exchange/src/database/pool.ts';
import { createReadiness, type Readiness } from '../../apps/exchange/src/database/readiness.ts';
import { openServerPool } from '../../apps/exchange/src/database/server-login.ts';
import { type Exchange, openExchange } from '../../apps/exchange/src/exchange.ts';
import { TEST_SEALING_KEYS } from '../setup/database.ts';
import { type OwnCluster, openOwnCluster } from '../setup/own-cluster.ts';

let cluster: OwnCluster;
let owner: Pool;
let exchange: Exchange;
let pool: Pool;
let readiness: Readiness;
const said: object[] = [];
const open = () =>
  openExchange({
    config: parseConfig({ JHE_SEED: 'none' }),
    databaseUrl: cluster.ownerUrl,
    sealingKeys: TEST_SEALING_KEYS,
    log: {
      info: (detail, message) => said.push({ ...detail, message }),
      error: (detail, message) => said.push({ ...detail, message }),
    },
  });
beforeAll(async () => {
  cluster = await openOwnCluster();
  owner = openPool(cluster.ownerUrl, 1);
  exchange = await open();
  pool = await openServerPool(owner, cluster.ownerUrl, { size: 1, statementMs: 10_000 });
  readiness = createReadiness(pool, 0);
});
afterAll(async () => {
  await exchange?.close();
  await pool?.end();
  await owner?.end();
  await cluster?.close();
});

async function ready(): Promise<unknown[]> {
  const { statusCode, headers, body } = await exchange.app.http.inject('/ready');
  if (statusCode === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  const { status, faults } = JSON.parse(body);
  return [statusCode, status, ...(faults ?? [])];
}

it('is ready as it started, and says so without a token', async () => {
  expect(await ready()).toEqual([200, 'ready']);
});

it.each([
  [
    'row security is no longer forced',
    'alter table observation no force row level security',
    'alter table observation force row level security',
    'walls',
  ],
  [
    'row security is off',
    'alter table consent disable row level security',
    'alter table consent enable row level security',
    'walls',
  ],
  [
    'somebody added a policy',
    'create policy mine on observation to jhe_reader using (true)',
    'drop policy mine on observation',
    'walls',
  ],
  [
    'somebody granted a right',
    'grant select on signing_key to jhe_reader',
    'revoke select on signing_key from jhe_reader',
    'walls',
  ],
  ['a role passes the wall', 'alter role jhe_reader bypassrls', 'alter role jhe_reader nobypassrls', 'walls'],
  [
    'the server became a superuser',
    'alter role jhe_server superuser',
    'alter role jhe_server nosuperuser',
    'walls',
  ],
  [
    'the server was made a member of the owner',
    'grant postgres to jhe_server',
    'revoke postgres from jhe_server',
    'walls',
  ],
  ['a role of the gate signs in', 'alter role jhe_system login', 'alter role jhe_system nologin', 'walls'],
  [
    'a migration is missing',
    "update migration set name = 'x' where name like '0016%'",
    "update migration set name = '0016_end_access_with_client.sql' where name = 'x'",
    'schema',
  ],
  [
    'a migration was another one',
    "update migration set hash = 'x' || hash where name like '0001%'",
    "update migration set hash = substr(hash, 2) where name like '0001%'",
    'schema',
  ],
  [
    'the rule is of another version',
    "update rule set hash = 'x' || hash",
    'update rule set hash = substr(hash, 2)',
    'rule',
  ],
])('is not ready when %s', async (_name, breaking, mending, part) => {
  await owner.query(breaking);
  const found = await readiness();
  await owner.query(mending);
  expect([...new Set(found.map((fault) => fault.part))]).toEqual([part]);
  expect(await readiness()).toEqual([]);
});

it('is ready beside a newer version, which has migrated and stated its own rule', async () => {
  await owner.query("insert into migration (name, hash) values ('9999_later.sql', 'x')");
  await owner.query("update rule set hash = 'later' || hash");
  expect(await readiness()).toEqual([]);
  await owner.query('update rule set hash = substr(hash, 6)');
  await owner.query("delete from migration where name like '9999%'");
});

it('tells balancers in a word and the log in a sentence, once for each change', async () => {
  await owner.query('alter role jhe_reader bypassrls');
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  expect(await ready()).toEqual([503, 'not ready', 'walls']);
  expect(await ready()).toEqual([503, 'not ready', 'walls']);
  expect((await exchange.app.http.inject('/health')).json()).toMatchObject({ status: 'ok' });
  await owner.query('alter role jhe_reader nobypassrls');
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  expect(await ready()).toEqual([200, 'ready']);
  expect(said).toEqual([
    { message: 'not ready', faults: expect.stringContaining('jhe_reader has powers') },
    { message: 'ready again' },
  ]);
});

it('does not start without the second wall', async () => {
  await owner.query('alter role jhe_system bypassrls');
  await expect(open()).rejects.toThrow(/role jhe_system has powers/);
  await owner.query('alter role jhe_system nobypassrls');
});

it('does not start on what a newer version has migrated', async () => {
  await owner.query("insert into migration (name, hash) values ('9999_later.sql', 'x')");
  await expect(open()).rejects.toThrow(/used by a newer version of the exchange \(it has 9999_later\.sql\)/);
  await owner.query("delete from migration where name like '9999%'");
});
