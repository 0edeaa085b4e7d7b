/** A database put back to how it was, in milliseconds, however much was changed meanwhile. */
import type { Pool } from '../../apps/exchange/src/database/pool.ts';

/** Keeps a copy of every table as it is now; what it returns puts them all back. Needs a superuser's connection. */
export async function keepState(owner: Pool): Promise<() => Promise<void>> {
  // Without the columns that the database makes itself from others.
  const { rows } = await owner.query<{ name: string; columns: string }>(
    `select c.relname as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     group by 1`,
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
    ...rows.map(
      ({ name, columns }) =>
        `insert into public.${name} (${columns}) overriding system value select ${columns} from kept.${name}`,
    ),
    'commit',
  ].join('; ');
  return async () => {
    await owner.query(restore);
  };
}
