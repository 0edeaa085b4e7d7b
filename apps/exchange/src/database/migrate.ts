import { readdir, readFile } from 'node:fs/promises';
import type { Connection, Pool } from './pool.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
/** Any constant: it makes two servers that start at once migrate one after the other. */
const MIGRATION_LOCK = 7_014_032_026;
/** Roles belong to the whole cluster; creating them from two databases at once collides, so it is tried again. */
const ATTEMPTS = 5;

/**
 * Brings the database to the newest schema: applies each numbered SQL file once, in order, each in a transaction
 * of its own. Needs the owner's connection. Returns the names that were applied now.
 */
export async function migrate(owner: Pool): Promise<string[]> {
  const connection = await owner.connect();
  try {
    await connection.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await connection.query(
      `create table if not exists migration (name text primary key, applied_at timestamptz not null default now())`,
    );
    const { rows } = await connection.query<{ name: string }>('select name from migration');
    const applied = new Set(rows.map((row) => row.name));
    const pending = (await readdir(MIGRATIONS))
      .filter((name) => name.endsWith('.sql') && !applied.has(name))
      .sort();
    for (const name of pending)
      await apply(connection, name, await readFile(new URL(name, MIGRATIONS), 'utf8'));
    return pending;
  } finally {
    await connection.query('select pg_advisory_unlock_all()').catch(() => {});
    connection.release();
  }
}

async function apply(connection: Connection, name: string, text: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.query('begin');
      await connection.query('insert into migration (name) values ($1)', [name]);
      await connection.query(text);
      await connection.query('commit');
      return;
    } catch (error) {
      await connection.query('rollback');
      const code = (error as { code?: string }).code;
      // unique_violation on pg_authid, or "tuple concurrently updated" on a grant.
      if (attempt < ATTEMPTS && (code === '23505' || code === 'XX000')) continue;
      throw new Error(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
    }
  }
}
