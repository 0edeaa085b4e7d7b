/**
 * A migrated database for one test file, cloned from a template in tens of milliseconds on the cluster of the whole
 * run (the embedded PostgreSQL, or the server that TEST_DATABASE_URL names).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { givenKeys } from '../../apps/exchange/src/access/sealing.ts';
import { migrate } from '../../apps/exchange/src/database/migrate.ts';
import { openPool, type Pool } from '../../apps/exchange/src/database/pool.ts';
import { enableServerLogin } from '../../apps/exchange/src/database/server-login.ts';

const TEMPLATE = 'jhe_test_template';
const TEMPLATE_LOCK = 7_014_032_027;

/** What a test's own server seals its secrets with. */
export const TEST_SEALING_KEYS = givenKeys([randomBytes(32)]);
/** The same as a setting of a server (`JHE_SEALING_KEY`). */
export const TEST_SEALING_KEY = String(TEST_SEALING_KEYS.read()[0]?.toString('base64'));

export type TestDatabase = Readonly<{
  /** The owner's connection string: may do everything. Only tests use it to look behind the walls. */
  ownerUrl: string;
  /** The server's connection string: owns nothing. */
  serverUrl: string;
  owner: Pool;
  server: Pool;
  close(): Promise<void>;
}>;

/** A database with something in it, made once per cluster and version: `fill` gets the owner's connection string. */
export type Filling = Readonly<{ name: string; version: string; fill(ownerUrl: string): Promise<void> }>;

export async function openTestDatabase(filling?: Filling): Promise<TestDatabase> {
  const adminUrl = inject('testCluster').adminUrl.replace('@/', '@localhost/');
  const name = `jhe_test_${randomUUID().replaceAll('-', '')}`;
  const admin = openPool(adminUrl, 1);
  try {
    await prepareTemplate(admin, adminUrl, filling);
    await admin.query(`create database ${name} template ${filling?.name ?? TEMPLATE}`);
  } finally {
    await admin.end();
  }
  const ownerUrl = databaseUrl(adminUrl, name);
  const owner = openPool(ownerUrl, 2);
  const serverUrl = await enableServerLogin(owner, ownerUrl);
  const server = openPool(serverUrl, 4);
  return {
    ownerUrl,
    serverUrl,
    owner,
    server,
    async close() {
      await Promise.all([owner.end(), server.end()]);
      const cleaner = openPool(adminUrl, 1);
      await cleaner.query(`drop database if exists ${name} with (force)`);
      await cleaner.end();
    },
  };
}

async function prepareTemplate(admin: Pool, adminUrl: string, filling?: Filling): Promise<void> {
  const connection = await admin.connect();
  try {
    // Held to the end of the session: cloning needs the template to have no other connection.
    await connection.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await connection.query('select from pg_database where datname = $1', [TEMPLATE]);
    if (rowCount === 0) await connection.query(`create database ${TEMPLATE}`);
    const template = openPool(databaseUrl(adminUrl, TEMPLATE), 1);
    await migrate(template);
    await template.end();
    if (!filling) return;
    const { rows } = await connection.query(
      "select shobj_description(oid, 'pg_database') as version from pg_database where datname = $1",
      [filling.name],
    );
    if (rows[0]?.version === filling.version) return;
    await connection.query(`drop database if exists ${filling.name} with (force)`);
    await connection.query(`create database ${filling.name} template ${TEMPLATE}`);
    await filling.fill(databaseUrl(adminUrl, filling.name));
    // Said last: one that was left half filled is made anew.
    await connection.query(`comment on database ${filling.name} is '${filling.version}'`);
  } finally {
    connection.release();
  }
}

function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}
