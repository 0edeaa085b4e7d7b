import { join, type Sql, sql } from '../database/sql.ts';

/**
 * One column of an order. The last column of an order is unique and never null, so that a place in it is a place
 * between two rows, whatever is added or withdrawn meanwhile. Null stands last in both directions.
 */
export type OrderColumn = Readonly<{ column: Sql; cast: Sql; descending: boolean; nullable: boolean }>;

/** A place in an order: the values of its columns at one row, as text. */
export type Place = readonly (string | null)[];

/** ORDER BY of an order; backwards turns every direction round, null placement included. */
export function orderBy(order: readonly OrderColumn[], backwards: boolean): Sql {
  return join(
    order.map(({ column, descending, nullable }) => {
      const direction = descending !== backwards ? sql`desc` : sql`asc`;
      if (!nullable) return sql`${column} ${direction}`;
      return backwards ? sql`${column} ${direction} nulls first` : sql`${column} ${direction} nulls last`;
    }),
    ', ',
  );
}

/**
 * A column in the rows of a page, null in the one row that is read beyond it to learn whether there is more: that row is
 * not disclosed, so its patient must not be traced.
 */
export function shown(rank: Sql, count: number, column: Sql): Sql {
  return sql`case when ${rank} <= ${count} then ${column} end`;
}

/** The rows beyond a place: after it, or before it when going backwards. */
export function beyond(order: readonly OrderColumn[], place: Place, backwards: boolean): Sql {
  const alternatives = order.map((_, index) =>
    join(
      [
        ...order.slice(0, index).map((earlier, i) => same(earlier, place[i] ?? null)),
        further(order[index]!, place[index] ?? null, backwards),
      ],
      ' and ',
    ),
  );
  return sql`(${join(alternatives, ' or ')})`;
}

function same({ column, cast }: OrderColumn, value: string | null): Sql {
  return value === null ? sql`${column} is null` : sql`${column} = ${value}::${cast}`;
}

function further(
  { column, cast, descending, nullable }: OrderColumn,
  value: string | null,
  backwards: boolean,
): Sql {
  if (value === null) return backwards ? sql`${column} is not null` : sql`false`;
  const compared =
    descending !== backwards ? sql`${column} < ${value}::${cast}` : sql`${column} > ${value}::${cast}`;
  return nullable && !backwards ? sql`(${compared} or ${column} is null)` : compared;
}
