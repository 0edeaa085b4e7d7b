import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Pool } from './pool.ts';
import { readRule } from './rule.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
/** Any constant: it makes two servers that start at once migrate one after the other. */
const MIGRATION_LOCK = 7_014_032_026;
/** Roles belong to the whole cluster; creating them from two databases at once collides, so it is tried again. */
const ATTEMPTS = 5;
/** The first line of a migration that cannot run in a transaction (create index concurrently): its statements run one by one. */
const ALONE = '-- Outside a transaction.';

/**
 * Brings the database to the newest schema: applies each numbered SQL file once, in order, each in a transaction
 * of its own (unless its first line says otherwise), then the access rule of `rule/` as a whole, when its text has
 * changed or anything was migrated. Needs the owner's connection. Returns the names that were applied now. Refuses a
 * migration that was edited after it was applied.
 */
export async function migrate(owner: Pool): Promise<string[]> {
  const connection = await owner.connect();
  try {
    await takeTurn(connection);
    const known = await readApplied(connection);
    const migrations = await readMigrations();
    refuseNewer(known, migrations);
    const applied: string[] = [];
    for (const { name, text, hash } of migrations) {
      if (!known.has(name)) {
        await apply(connection, name, text, hash);
        applied.push(name);
      } else await compareHash(connection, name, known.get(name) ?? null, hash);
    }
    await applyRule(connection, applied.length > 0);
    return applied;
  } finally {
    await connection.query('select pg_advisory_unlock_all()').catch(() => {});
    connection.release();
  }
}

/**
 * Waits until nobody else migrates, by asking again and again: a statement that waits for a lock is a transaction, for which
 * an index that is made concurrently waits in its turn.
 */
async function takeTurn(connection: Connection): Promise<void> {
  for (;;) {
    const { rows } = await connection.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
      MIGRATION_LOCK,
    ]);
    if (rows[0]?.mine) return;
    await sleep(100);
  }
}

type Migration = Readonly<{ name: string; text: string; hash: string }>;

/** The migrations of this version, in order. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, MIGRATIONS), 'utf8');
      return { name, text, hash: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/** An older version does not know what a newer one keeps and promises: it changes nothing there, the rule least of all. */
function refuseNewer(known: ReadonlyMap<string, unknown>, migrations: readonly Migration[]): void {
  const unknown = [...known.keys()].filter(
    (name) => !migrations.some((migration) => migration.name === name),
  );
  if (unknown.length === 0) return;
  throw new Error(
    `the database was used by a newer version of the exchange (it has ${unknown.sort().join(', ')}): ` +
      'start that version, or a backup from before it.',
  );
}

/** The applied migrations with the hash of their text; null for those of a version that kept none. */
async function readApplied(connection: Connection): Promise<Map<string, string | null>> {
  await connection.query(`
    create table if not exists migration (name text primary key, applied_at timestamptz not null default now());
    alter table migration add column if not exists hash text;
    create table if not exists rule (
      hash text not null,
      catalogue_hash text not null,
      applied_at timestamptz not null default now())`);
  const { rows } = await connection.query<{ name: string; hash: string | null }>(
    'select name, hash from migration',
  );
  return new Map(rows.map(({ name, hash }) => [name, hash]));
}

async function compareHash(
  connection: Connection,
  name: string,
  known: string | null,
  hash: string,
): Promise<void> {
  if (known === null) await connection.query('update migration set hash = $2 where name = $1', [name, hash]);
  else if (known !== hash) {
    throw new Error(
      `migration ${name} was edited after this database had applied it; write a new one instead`,
    );
  }
}

async function apply(connection: Connection, name: string, text: string, hash: string): Promise<void> {
  const record = () => connection.query('insert into migration (name, hash) values ($1, $2)', [name, hash]);
  try {
    if (text.startsWith(ALONE)) {
      for (const statement of text.split(/;\s*$/m))
        if (/^[^-\s]/m.test(statement)) await connection.query(statement);
      await record();
    } else {
      await inTransaction(connection, async () => {
        await record();
        await connection.query(text);
      });
    }
  } catch (error) {
    throw new Error(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}

/** Everything of the rule that the catalogue knows: views, policies, functions, and who was granted what. */
export const CATALOGUE_HASH = `
  select md5(string_agg(t.text, e'\\n' order by t.text)) as hash from (
    select concat_ws('|', 'view', viewname, viewowner, definition) as text from pg_views where schemaname = 'public'
    union all
    select concat_ws('|', 'policy', tablename, policyname, permissive, roles, cmd, qual, with_check)
    from pg_policies where schemaname = 'public'
    union all
    select concat_ws('|', 'function', pg_get_functiondef(oid), proowner::regrole, proacl)
    from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f'
    union all
    select concat_ws('|', 'table', relname, relrowsecurity, relforcerowsecurity, relacl)
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'S')
    union all
    select concat_ws('|', 'column', attrelid::regclass, attname, attacl)
    from pg_attribute join pg_class c on c.oid = attrelid
    where c.relnamespace = 'public'::regnamespace and attacl is not null
  ) t`;

/**
 * Takes the whole rule away and states it anew, so that nothing of it is anywhere but in its folder: when the folder has
 * changed, when a migration ran, and when the database holds anything else than was stated last.
 */
async function applyRule(connection: Connection, migrated: boolean): Promise<void> {
  const { files, hash } = await readRule();
  const stated = await connection.query<{ hash: string; catalogue: string }>(
    'select hash, catalogue_hash as catalogue from rule',
  );
  const [last] = stated.rows;
  if (!migrated && last?.hash === hash && last.catalogue === (await hashOfCatalogue(connection))) return;
  await inTransaction(connection, async () => {
    for (const { name, text } of files) {
      await connection.query(text).catch((error: Error) => {
        throw Object.assign(new Error(`rule/${name} failed: ${error.message}`, { cause: error }), {
          code: (error as { code?: string }).code,
        });
      });
    }
    await connection.query('delete from rule');
    await connection.query('insert into rule (hash, catalogue_hash) values ($1, $2)', [
      hash,
      await hashOfCatalogue(connection),
    ]);
  });
}

async function hashOfCatalogue(connection: Connection): Promise<string> {
  const { rows } = await connection.query<{ hash: string }>(CATALOGUE_HASH);
  return rows[0]!.hash;
}

async function inTransaction(connection: Connection, body: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.query('begin');
      await body();
      await connection.query('commit');
      return;
    } catch (error) {
      await connection.query('rollback');
      const code = (error as { code?: string }).code;
      // unique_violation on pg_authid, or "tuple concurrently updated" on a grant: another database of the cluster.
      if (attempt < ATTEMPTS && (code === '23505' || code === 'XX000')) continue;
      throw error;
    }
  }
}
