/**
 * The attack: sign in to PostgreSQL as the server's own role, and become whom one likes. Its password was an HMAC of the
 * owner's connection string; where that had no password (a trusted socket, a certificate), of nothing but public facts.
 */
import { createHmac } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '../../apps/exchange/src/config.ts';
import { openPool, type Pool } from '../../apps/exchange/src/database/pool.ts';
import { type Exchange, openExchange } from '../../apps/exchange/src/exchange.ts';
import { TEST_SEALING_KEYS } from '../setup/database.ts';
import { type OwnCluster, openOwnCluster } from '../setup/own-cluster.ts';

let cluster: OwnCluster;
let owner: Pool;
const opened: Exchange[] = [];
beforeAll(async () => {
  cluster = await openOwnCluster({ passwordFor: 'jhe_server' });
  owner = openPool(cluster.ownerUrl, 1);
});
afterAll(async () => {
  await Promise.all(opened.map((exchange) => exchange.close()));
  await owner?.end();
  await cluster?.close();
});

async function startExchange(): Promise<Exchange> {
  const exchange = await openExchange({
    config: parseConfig({ JHE_SEED: 'none' }),
    databaseUrl: cluster.ownerUrl,
    sealingKeys: TEST_SEALING_KEYS,
    log: { info() {}, error() {} },
  });
  opened.push(exchange);
  return exchange;
}

/** Whether somebody gets in as the server's role. */
async function signsIn(password: string): Promise<boolean> {
  const url = new URL(cluster.ownerUrl);
  url.username = 'jhe_server';
  url.password = password;
  const client = new pg.Client(url.toString());
  try {
    await client.connect();
    return true;
  } catch (error) {
    expect((error as { code?: string }).code).toBe('28P01');
    return false;
  } finally {
    await client.end();
  }
}

/** Asks for something that is in the database, over connections that are made anew. */
async function isServing({ app }: Exchange): Promise<boolean> {
  await owner.query(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'jhe_server'",
  );
  for (let attempt = 1; ; attempt++) {
    const { statusCode } = await app.http.inject({
      method: 'POST',
      url: '/o/token/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'grant_type=client_credentials&client_id=nobody&client_secret=x',
    });
    // A connection that was just broken may be noticed by being used.
    if (statusCode !== 503 || attempt === 5) return statusCode === 401;
  }
}

const stored = async () =>
  (await owner.query<{ password: string }>('select password from server_login')).rows.map(
    ({ password }) => password,
  );

it('knows no password that follows from what everybody knows', async () => {
  await startExchange();
  const url = new URL(cluster.ownerUrl);
  for (const facts of [`${url.username}:${url.password}@${url.host}${url.search}`, cluster.ownerUrl, ''])
    expect(await signsIn(createHmac('sha256', facts).update('jhe_server').digest('base64url'))).toBe(false);
  for (const guess of ['jhe_server', 'postgres']) expect(await signsIn(guess)).toBe(false);
});

it('has a random one, which the owner alone can read', async () => {
  const [password = '', ...more] = await stored();
  expect(more).toEqual([]);
  expect(password).toMatch(/^[\w-]{43}$/);
  expect(await signsIn(password)).toBe(true);
  for (const role of ['jhe_server', 'jhe_reader', 'jhe_writer', 'jhe_system', 'jhe_rule']) {
    await owner.query(`set role ${role}`);
    await expect(owner.query('select password from server_login')).rejects.toMatchObject({ code: '42501' });
    await owner.query('reset role');
  }
  const { rows } = await owner.query(
    "select left(rolpassword, 14) as kind from pg_authid where rolname = 'jhe_server'",
  );
  expect(rows).toEqual([{ kind: 'SCRAM-SHA-256$' }]);
});

it('is the same for every server of the database, and after each of their starts', async () => {
  const before = await stored();
  const [first] = opened;
  const others = await Promise.all([startExchange(), startExchange()]);
  for (const exchange of [first!, ...others]) expect(await isServing(exchange)).toBe(true);
  expect(await stored()).toEqual(before);
});

it('is set again when somebody else has changed it, and when a new one is wanted', async () => {
  const [first] = opened;
  await owner.query("alter role jhe_server password 'changed behind our back'");
  expect(await isServing(first!)).toBe(true);
  expect(await signsIn('changed behind our back')).toBe(false);

  const [before = ''] = await stored();
  await owner.query('delete from server_login');
  await owner.query('alter role jhe_server password null');
  for (const exchange of opened) expect(await isServing(exchange)).toBe(true);
  expect(await signsIn(before)).toBe(false);
});
