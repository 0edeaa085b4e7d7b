import type { Sight } from '../access/sight.ts';
import { type Sql, sql } from '../database/sql.ts';

/** The part of a list that is wanted. */
export type Window = Readonly<{ limit: number; offset: number }>;

/** A part of a list and the size of the whole. */
export type Page<Row> = Readonly<{ total: number; rows: Row[] }>;

/**
 * Runs a list twice: counted whole, then its part. `columns` are selected `from` the same rows that are counted, so
 * that the total and the part agree on the filter. For directory lists; readings have keyset pages of their own.
 */
export async function page<Row extends object>(
  sight: Sight,
  { columns, from, order, window }: { columns: Sql; from: Sql; order: Sql; window: Window },
): Promise<Page<Row>> {
  const [counted] = await sight.query<{ total: number }>(sql`select count(*) as total ${from}`);
  const rows = await sight.query<Row>(
    sql`select ${columns} ${from} order by ${order} limit ${window.limit} offset ${window.offset}`,
  );
  return { total: counted?.total ?? 0, rows };
}
