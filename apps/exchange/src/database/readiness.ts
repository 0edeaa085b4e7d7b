/** Whether the database is as the program needs it: there, of this version, and with the second wall standing. */
import { CATALOGUE_HASH, readMigrations } from './migrate.ts';
import type { Connection, Pool } from './pool.ts';
import { readRule } from './rule.ts';
import { inTransaction } from './transaction.ts';

/**
 * What is not as it should be. `database`: does not answer; `schema`: a migration is missing or is another one; `rule`:
 * the access rule is that of another version; `walls`: what stands in the database is not what the rule states, or a
 * role may do more than it should.
 */
export type Fault = Readonly<{ part: 'database' | 'schema' | 'rule' | 'walls'; detail: string }>;

/** Answers within `patienceMs`, 2 s unless said otherwise, whatever the database does. No faults: ready. */
export type Readiness = (patienceMs?: number) => Promise<readonly Fault[]>;

/**
 * `pool` is a connection of its own, so that it tells of the database and not of who waits for it. Whoever asks all the
 * time is told what was found less than `freshMs` ago.
 */
export function createReadiness(pool: Pool, freshMs = 1_000): Readiness {
  let looking: Promise<readonly Fault[]> | undefined;
  let last: { at: number; faults: readonly Fault[] } | undefined;
  const look = async (): Promise<readonly Fault[]> => {
    try {
      const connection = await pool.take('vital');
      try {
        return await inTransaction(connection, 'set local role jhe_system', () => inspect(connection));
      } finally {
        connection.release();
      }
    } catch (error) {
      return [{ part: 'database', detail: `the database does not answer: ${(error as Error).message}` }];
    }
  };
  return async (patienceMs = 2_000) => {
    if (last && performance.now() - last.at < freshMs) return last.faults;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    const faults = await within(patienceMs, looking);
    last = { at: performance.now(), faults };
    return faults;
  };
}

async function within(ms: number, looking: Promise<readonly Fault[]>): Promise<readonly Fault[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Fault[]>((resolve) => {
    timer = setTimeout(resolve, ms, [
      { part: 'database', detail: `the database does not answer within ${ms / 1000} s` },
    ]);
  });
  try {
    return await Promise.race([looking, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function inspect(connection: Connection): Promise<Fault[]> {
  const faults: Fault[] = [];
  const applied = new Map(
    (
      await connection.query<{ name: string; hash: string | null }>('select name, hash from migration')
    ).rows.map(({ name, hash }) => [name, hash]),
  );
  const expected = await readMigrations();
  for (const { name, hash } of expected) {
    if (applied.get(name) !== hash)
      faults.push({ part: 'schema', detail: `migration ${name} is not applied` });
  }
  const stated = await connection.query<{ hash: string; catalogue: string }>(
    'select hash, catalogue_hash as catalogue from rule',
  );
  const [rule] = stated.rows;
  // A newer version has stated its own rule, under which this one works on until it is replaced.
  const isNewer = applied.size > expected.length;
  if (!isNewer && rule?.hash !== (await readRule()).hash)
    faults.push({ part: 'rule', detail: 'the access rule in the database is that of another version' });
  const { rows } = await connection.query<{ hash: string }>(CATALOGUE_HASH);
  if (rows[0]?.hash !== rule?.catalogue)
    faults.push({
      part: 'walls',
      detail: 'views, policies or rights in the database are not what the rule states',
    });
  const powers = await connection.query<{ detail: string }>(POWERS);
  for (const { detail } of powers.rows) faults.push({ part: 'walls', detail });
  return faults;
}

/** Whatever a role of the exchange has and should not. */
const POWERS = `
  select format('role %I has powers: superuser, bypassrls, createrole, createdb or replication', rolname) as detail
  from pg_roles
  where rolname in ('jhe_server', 'jhe_rule', 'jhe_reader', 'jhe_writer', 'jhe_system')
    and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
  union all
  select 'role jhe_server inherits rights, or another role signs in' from pg_roles
  where rolname = 'jhe_server' and rolinherit
    or rolname in ('jhe_rule', 'jhe_reader', 'jhe_writer', 'jhe_system') and rolcanlogin
  union all
  select format('role %s is a member of %s', m.member::regrole, m.roleid::regrole) from pg_auth_members m
  where m.member::regrole::text in ('jhe_server', 'jhe_rule', 'jhe_reader', 'jhe_writer', 'jhe_system')
    and not (m.member::regrole::text = 'jhe_server'
      and m.roleid::regrole::text in ('jhe_reader', 'jhe_writer', 'jhe_system'))
  union all
  select format('jhe_server owns %s', relname) from pg_class where relowner = 'jhe_server'::regrole
  union all
  select format('the server is signed in as %s', session_user) where session_user <> 'jhe_server'`;
