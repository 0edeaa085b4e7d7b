/** Patients found by who they are and where they belong. */
import type { DateFilter, Filter, SortKey, StringFilter, TokenFilter } from '@jhe/fhir';
import type { Sight } from '../access/sight.ts';
import { empty, join, type Sql, sql } from '../database/sql.ts';
import { integers, matchesDate, matchesString, matchesToken, negatable } from './filters.ts';
import { beyond, type OrderColumn, orderBy, type Place, shown } from './keyset.ts';
import { limited } from './page.ts';

export type PatientSearchRow = Readonly<{
  id: number;
  patientId: number;
  userId: number | null;
  nameFamily: string | null;
  nameGiven: string | null;
  birthDate: string | null;
  telecomPhone: string | null;
  email: string | null;
  lastUpdated: string;
  identifiers: string | null;
  place: Place;
}>;

const ID: OrderColumn = { column: sql`p.id`, cast: sql`bigint`, descending: false, nullable: false };

/** Names, and the same in lower case: indexes patient_family_folded and patient_given_folded. */
const FAMILY = { column: sql`p.name_family`, folded: sql`p.family_folded` };
const GIVEN = { column: sql`p.name_given`, folded: sql`p.given_folded` };

/** By family name unless asked otherwise; then by id, so that no two pages overlap. */
function orderOf(sort: readonly SortKey[]): OrderColumn[] {
  const [first] = sort;
  return first
    ? [
        {
          column: sql`p.last_updated`,
          cast: sql`timestamptz`,
          descending: first.descending,
          nullable: false,
        },
        ID,
      ]
    : [{ column: sql`p.name_family`, cast: sql`text`, descending: false, nullable: true }, ID];
}

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
): Promise<{ rows: PatientSearchRow[]; hasMore: boolean }> {
  const order = orderOf(sort);
  const backwards = from?.backwards ?? false;
  const place = join(
    order.map(({ column }) => sql`(${column})::text`),
    ', ',
  );
  const sorted = sql`order by ${orderBy(order, backwards)}`;
  const rank = sql`row_number() over (${sorted})`;
  const rows = await sight.query<PatientSearchRow>(sql`
    select p.id, ${shown(rank, count, sql`p.patient_id`)} as patient_id, p.user_id, p.name_family,
      p.name_given, p.birth_date, p.telecom_phone, p.place,
      to_char(p.last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_updated,
      (select u.email from ${sight.users} u where u.id = p.user_id) as email,
      (select json_agg(json_build_object('system', i.system, 'value', i.value) order by i.id)
       from ${sight.patientIdentifiers} i where i.patient_id = p.id) as identifiers
    from (
      select p.*, array[${place}] as place
      from ${sight.patients} p
      where ${conditions(sight, filters)}
        ${from ? sql`and ${beyond(order, from.place, backwards)}` : empty}
      ${sorted} ${limited(count + 1, offset)}
    ) p
    ${sorted}`);
  const hasMore = rows.length > count;
  const kept = hasMore ? rows.slice(0, count) : rows;
  return { rows: backwards ? kept.reverse() : kept, hasMore };
}

export async function count(sight: Sight, filters: readonly Filter[]): Promise<number> {
  const [row] = await sight.query<{ total: number }>(
    sql`select count(*) as total from ${sight.patients} p where ${conditions(sight, filters)}`,
  );
  return row?.total ?? 0;
}

/** The same, by patient: each that was counted comes back as a row, and so is in the trail. */
export async function countEach(sight: Sight, filters: readonly Filter[]): Promise<number> {
  const rows = await sight.query<{ patientId: number }>(
    sql`select p.id as patient_id from ${sight.patients} p where ${conditions(sight, filters)}`,
  );
  return rows.length;
}

/** One patient in sight by id. */
export async function findById(sight: Sight, id: number): Promise<PatientSearchRow | null> {
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
      return filter.type === 'id' ? sql`p.id = any(${integers(filter.ids)}::bigint[])` : sql`false`;
    case 'patient':
      return filter.type === 'reference' ? sql`p.id = any(${integers(filter.ids)}::bigint[])` : sql`false`;
    case 'study':
      return filter.type === 'reference'
        ? sql`p.id in (select e.patient_id from ${sight.enrollments} e where e.study_id = any(${integers(filter.ids)}::bigint[]))`
        : sql`false`;
    case 'organization':
      return filter.type === 'reference'
        ? sql`p.id in (select o.patient_id from ${sight.patientOrganizations} o
            where o.organization_id = any(${integers(filter.ids)}::bigint[]))`
        : sql`false`;
    case 'family':
      return matchesString(filter as StringFilter, [FAMILY]);
    case 'given':
      return matchesString(filter as StringFilter, [GIVEN]);
    case 'name':
      return matchesString(filter as StringFilter, [FAMILY, GIVEN]);
    case 'birthdate':
      return matchesDate(
        filter as DateFilter,
        sql`(p.birth_date::timestamp at time zone 'UTC')`,
        sql`((p.birth_date + 1)::timestamp at time zone 'UTC' - interval '1 microsecond')`,
      );
    case '_lastUpdated':
      return matchesDate(filter as DateFilter, sql`p.last_updated`, sql`p.last_updated`);
    case 'identifier':
      return negatable(
        filter as TokenFilter,
        (positive) => sql`p.id in (select i.patient_id
        from ${sight.patientIdentifiers} i where ${matchesToken(positive, sql`i.system`, sql`i.value`)})`,
      );
    case 'email':
      return negatable(filter as TokenFilter, (positive) => sql`p.user_id in (${mailed(sight, positive)})`);
    case 'phone':
      return negatable(filter as TokenFilter, (positive) =>
        matchesToken(positive, sql`'phone'`, sql`p.telecom_phone`),
      );
    case 'telecom':
      return negatable(
        filter as TokenFilter,
        (positive) => sql`(${matchesToken(positive, sql`'phone'`, sql`p.telecom_phone`)}
        or p.user_id in (${mailed(sight, positive)}))`,
      );
    default:
      // A filter that nobody here understands must not widen the search.
      return sql`false`;
  }
}

const mailed = (sight: Sight, filter: TokenFilter) =>
  sql`select u.id from ${sight.users} u where ${matchesToken(filter, sql`'email'`, sql`lower(u.email)`)}`;
