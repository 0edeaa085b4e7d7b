import type { Sight } from '../access/sight.ts';
import { empty, raw, type Sql, sql } from '../database/sql.ts';
import { invalid } from '../domain/refusal.ts';

/** The part of a list that is wanted; with `whole`, all of it or nothing. */
export type Window = Readonly<{ limit: number; offset: number; whole?: boolean }>;

/** A part of a list and the size of the whole. */
export type Page<Row> = Readonly<{ total: number; rows: Row[] }>;

/** LIMIT, written out and not bound: a plan made for any limit would be a plan for a tenth of the table. */
export function limited(limit: number, offset: number): Sql {
  const start = offset === 0 ? empty : sql`offset ${offset}`;
  return sql`limit ${raw(String(Math.trunc(limit)))} ${start}`;
}

/**
 * Runs a list twice: counted whole, then its part. `columns` are selected `from` the same rows that are counted, so
 * that the total and the part agree on the filter. For directory lists; readings have keyset pages of their own.
 * Refuses a list that was to come whole and is longer than the limit.
 */
export async function page<Row extends object>(
  sight: Sight,
  { columns, from, order, window }: { columns: Sql; from: Sql; order: Sql; window: Window },
): Promise<Page<Row>> {
  const [counted] = await sight.query<{ total: number }>(sql`select count(*) as total ${from}`);
  const total = counted?.total ?? 0;
  if (window.whole && total > window.limit) {
    throw invalid(
      'pageSize',
      `There are ${total}. At most ${window.limit} are sent at once: ask for pages (pageSize up to 1000, then the next of each reply), or narrow the list.`,
    );
  }
  const rows = await sight.query<Row>(
    sql`select ${columns} ${from} order by ${order} ${limited(window.limit, window.offset)}`,
  );
  return { total, rows };
}
