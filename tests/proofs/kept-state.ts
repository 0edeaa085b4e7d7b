/** A database put back to how it was, in milliseconds, however much was changed meanwhile. */
import type { Pool } from '../../apps/exchange/src/database/pool.ts';

/** Keeps a copy of every table as it is now; what it returns puts them all back. Needs a superuser's connection. */
export async function keepState(owner: Pool): Promise<() => Promise<void>> {
  const { rows } = await owner.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  const tables = rows.map((row) => row.name);
  await owner.query(
    [
      'drop schema if exists kept cascade',
      'create schema kept',
      ...tables.map((t) => `create table kept.${t} as table public.${t}`),
    ].join('; '),
  );
  const restore = [
    'begin',
    // Foreign keys need no checking: the rows are those that stood there before.
    'set local session_replication_role = replica',
    // Not truncate: every connection would have to plan everything anew.
    ...tables.map((t) => `delete from public.${t}`),
    ...tables.map((t) => `insert into public.${t} overriding system value select * from kept.${t}`),
    'commit',
  ].join('; ');
  return async () => {
    await owner.query(restore);
  };
}
