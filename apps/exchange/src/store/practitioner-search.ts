/** Practitioners found by who they are and where they work. */
import type { DateFilter, Filter, SortKey, StringFilter, TokenFilter } from '@jhe/fhir';
import type { Sight } from '../access/sight.ts';
import { empty, join, type Sql, sql } from '../database/sql.ts';
import { integers, matchesDate, matchesString, matchesToken, negatable } from './filters.ts';
import { beyond, type OrderColumn, orderBy, type Place } from './keyset.ts';
import { limited } from './page.ts';

/** A practitioner in sight; `active` and `email` are those of their login, null where that is not in sight. */
export type PractitionerSearchRow = Readonly<{
  id: number;
  /** Who they are elsewhere, such as their id in an EHR; of no stated system. */
  identifier: string | null;
  nameFamily: string | null;
  nameGiven: string | null;
  active: boolean | null;
  email: string | null;
  lastUpdated: string;
  place: Place;
}>;

const ID: OrderColumn = { column: sql`pr.id`, cast: sql`bigint`, descending: false, nullable: false };
const byName = (column: Sql): OrderColumn => ({
  column,
  cast: sql`text`,
  descending: false,
  nullable: true,
});

const FAMILY = { column: sql`pr.name_family` };
const GIVEN = { column: sql`pr.name_given` };

/** By name unless asked otherwise; then by id, so that no two pages overlap. */
function orderOf(sort: readonly SortKey[]): OrderColumn[] {
  const [first] = sort;
  return first
    ? [
        {
          column: sql`pr.last_updated`,
          cast: sql`timestamptz`,
          descending: first.descending,
          nullable: false,
        },
        ID,
      ]
    : [byName(sql`pr.name_family`), byName(sql`pr.name_given`), ID];
}

/** A page of practitioners in sight that all filters match. */
export async function search(
  sight: Sight,
  {
    filters,
    sort,
    count,
    from,
    offset = 0,
  }: {
    filters: readonly Filter[];
    sort: readonly SortKey[];
    count: number;
    from?: { place: Place; backwards: boolean };
    offset?: number;
  },
): Promise<{ rows: PractitionerSearchRow[]; hasMore: boolean }> {
  const order = orderOf(sort);
  const backwards = from?.backwards ?? false;
  const place = join(
    order.map(({ column }) => sql`(${column})::text`),
    ', ',
  );
  const rows = await sight.query<PractitionerSearchRow>(sql`
    select pr.id, pr.identifier, pr.name_family, pr.name_given, u.active, u.email, array[${place}] as place,
      to_char(pr.last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_updated
    from ${sight.practitioners} pr left join ${sight.users} u on u.id = pr.user_id
    where ${conditions(sight, filters)}
      ${from ? sql`and ${beyond(order, from.place, backwards)}` : empty}
    order by ${orderBy(order, backwards)}
    ${limited(count + 1, offset)}`);
  const hasMore = rows.length > count;
  const kept = hasMore ? rows.slice(0, count) : rows;
  return { rows: backwards ? kept.reverse() : kept, hasMore };
}

/** How many practitioners in sight match. */
export async function count(sight: Sight, filters: readonly Filter[]): Promise<number> {
  const [row] = await sight.query<{ total: number }>(
    sql`select count(*) as total from ${sight.practitioners} pr where ${conditions(sight, filters)}`,
  );
  return row?.total ?? 0;
}

/** One practitioner in sight by id. */
export async function findById(sight: Sight, id: number): Promise<PractitionerSearchRow | null> {
  const { rows } = await search(sight, {
    filters: [{ type: 'id', name: '_id', ids: [String(id)] }],
    sort: [],
    count: 1,
  });
  return rows[0] ?? null;
}

function conditions(sight: Sight, filters: readonly Filter[]): Sql {
  return join([sql`true`, ...filters.map((filter) => condition(sight, filter))], ' and ');
}

function condition(sight: Sight, filter: Filter): Sql {
  switch (filter.name) {
    case '_id':
      return filter.type === 'id' ? sql`pr.id = any(${integers(filter.ids)}::bigint[])` : sql`false`;
    case 'patient':
      return filter.type === 'reference'
        ? worksAt(
            sight,
            sql`select o.organization_id from ${sight.patientOrganizations} o
              where o.patient_id = any(${integers(filter.ids)}::bigint[])`,
          )
        : sql`false`;
    case 'study':
      return filter.type === 'reference'
        ? worksAt(
            sight,
            sql`select s.organization_id from ${sight.studies} s
              where s.id = any(${integers(filter.ids)}::bigint[])`,
          )
        : sql`false`;
    case 'organization':
      return filter.type === 'reference'
        ? worksAt(sight, sql`select unnest(${integers(filter.ids)}::bigint[])`)
        : sql`false`;
    case 'family':
      return matchesString(filter as StringFilter, [FAMILY]);
    case 'given':
      return matchesString(filter as StringFilter, [GIVEN]);
    case 'name':
      return matchesString(filter as StringFilter, [FAMILY, GIVEN]);
    case '_lastUpdated':
      return matchesDate(filter as DateFilter, sql`pr.last_updated`, sql`pr.last_updated`);
    case 'identifier':
      return negatable(filter as TokenFilter, (positive) =>
        matchesToken(positive, sql`null::text`, sql`pr.identifier`),
      );
    default:
      // A filter that nobody here understands must not widen the search.
      return sql`false`;
  }
}

/** Who works at one of these organizations, as far as that is in sight. */
const worksAt = (sight: Sight, organizations: Sql) => sql`pr.id in (
  select m.practitioner_id from ${sight.memberships} m where m.organization_id in (${organizations}))`;
