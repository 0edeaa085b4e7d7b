/** Readings: found and counted through the Sight, in an order that keeps its place while rows come and go. */
import type { DateFilter, Filter, SortKey, TokenFilter } from '@jhe/fhir';
import type { Sight, WritableSight } from '../access/sight.ts';
import { empty, join, raw, type Sql, sql } from '../database/sql.ts';
import { integers, matchesDate, matchesToken } from './filters.ts';
import { beyond, type OrderColumn, orderBy, type Place } from './keyset.ts';

/** One reading as stored. `dataPoint` is the JSON text as it was submitted; times are RFC 3339 UTC with microseconds. */
export type ObservationRow = Readonly<{
  id: number;
  patientId: number;
  patientUserId: number | null;
  codeId: number;
  codeSystem: string;
  code: string;
  codeText: string;
  dataSourceId: number | null;
  status: string;
  effectiveStart: string | null;
  effectiveEnd: string | null;
  dataPoint: string;
  lastUpdated: string;
  identifiers: string | null;
  place: Place;
}>;

export type ObservationPage = Readonly<{
  filters: readonly Filter[];
  sort: readonly SortKey[];
  count: number;
  /** Rows beyond this place, and in which direction; absent for the first page. */
  from?: Readonly<{ place: Place; backwards: boolean }>;
  /** Rows to pass over instead, for clients that number pages. Costs what it passes over. */
  offset?: number;
}>;

const ID: OrderColumn = { column: sql`o.id`, cast: sql`bigint`, descending: false, nullable: false };
const SORT_COLUMNS: Readonly<Record<string, Omit<OrderColumn, 'descending'>>> = {
  date: { column: sql`o.effective_start`, cast: sql`timestamptz`, nullable: true },
  _lastUpdated: { column: sql`o.last_updated`, cast: sql`timestamptz`, nullable: false },
};

/** Newest arrival first when nothing else is asked; else by the keys asked for and then by id, undated rows last. */
function orderOf(sort: readonly SortKey[]): OrderColumn[] {
  if (sort.length === 0) return [{ ...ID, descending: true }];
  const columns = sort.flatMap(({ key, descending }) => {
    const column = SORT_COLUMNS[key];
    return column ? [{ ...column, descending }] : [];
  });
  return [...columns, ID];
}

const utc = (column: Sql) => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * Data points of one page, in bytes of JSON text. A page of a thousand readings of a usual size has half a MiB; larger
 * ones make it end early, after one reading at least, so that no page is too large to be made.
 */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;

/**
 * One page of readings, and whether more lie beyond it: it may have fewer than `count` and yet have more beyond.
 * Index: observation_arrival, observation_series, or the key.
 */
export async function search(
  sight: Sight,
  { filters, sort, count, from, offset = 0 }: ObservationPage,
): Promise<{ rows: ObservationRow[]; hasMore: boolean }> {
  const order = orderOf(sort);
  const backwards = from?.backwards ?? false;
  const place = join(
    order.map(({ column }) => sql`(${column})::text`),
    ', ',
  );
  const found = await sight.query<ObservationRow & { beyond: boolean }>(sql`
    with page as (
      select o.*, array[${place}] as place, row_number() over (order by ${orderBy(order, backwards)}) as rank
      from ${sight.observations} o
      where ${await conditions(sight, filters)}
        ${from ? sql`and ${beyond(order, from.place, backwards)}` : empty}
      order by ${orderBy(order, backwards)}
      ${limited(count + 1, offset)}
    ), sized as (
      select page.*, page.rank > ${offset + 1} and (page.rank > ${offset + count}
        or sum(octet_length(page.data_point::text)) over (order by page.rank) > ${MAX_PAGE_BYTES}) as beyond
      from page
    )
    select page.id, ${unlessBeyond(sql`page.patient_id`)} as patient_id, page.beyond,
      p.user_id as patient_user_id, page.code_id, k.system as code_system, k.code, k.text as code_text,
      page.data_source_id, page.status, ${utc(sql`page.effective_start`)} as effective_start,
      ${utc(sql`page.effective_end`)} as effective_end, ${unlessBeyond(sql`page.data_point`)} as data_point,
      ${utc(sql`page.last_updated`)} as last_updated, page.place,
      (select json_agg(json_build_object('system', i.system, 'value', i.value) order by i.system, i.value)
       from ${sight.observationIdentifiers} i
       where i.patient_id = page.patient_id and i.observation_id = page.id) as identifiers
    from sized page
    join ${sight.codes} k on k.id = page.code_id
    left join ${sight.patients} p on p.id = page.patient_id
    order by page.rank`);
  const kept = found.filter((row) => !row.beyond);
  const rows = backwards ? kept.reverse() : kept;
  return { rows, hasMore: kept.length < found.length };
}

/** Of the rows beyond a page nothing is disclosed, so their patients must not be traced, nor their texts be carried. */
const unlessBeyond = (column: Sql) => sql`case when not page.beyond then ${column} end`;

/**
 * How many readings match, exactly. Filters on whole series (patient, study, organization, code) are answered from the
 * counts that recording keeps, in the same transaction; any other filter counts rows.
 */
export async function count(sight: Sight, filters: readonly Filter[]): Promise<number> {
  const ofSeries = filters.every((filter) => SERIES_FILTERS.has(filter.name));
  const [row] = await sight.query<{ total: number }>(
    ofSeries
      ? sql`select coalesce(sum(o.observations), 0)::bigint as total from ${sight.series} o
            where ${await conditions(sight, filters)}`
      : sql`select count(*) as total from ${sight.observations} o where ${await conditions(sight, filters)}`,
  );
  return row?.total ?? 0;
}

/**
 * The same, by patient: each patient whose readings were counted comes back as a row, and so is in the trail; those that
 * the filters name also with none.
 */
export async function countEach(sight: Sight, filters: readonly Filter[]): Promise<number> {
  const ofSeries = filters.every((filter) => SERIES_FILTERS.has(filter.name));
  const named = filters.flatMap((filter) =>
    filter.type === 'reference' && filter.name === 'patient' ? integers(filter.ids) : [],
  );
  const matching = await conditions(sight, filters);
  const rows = await sight.query<{ patientId: number; total: number }>(sql`
    select counted.patient_id, sum(counted.total)::bigint as total
    from (
      ${
        ofSeries
          ? sql`select o.patient_id, o.observations as total from ${sight.series} o where ${matching}`
          : sql`select o.patient_id, 1 as total from ${sight.observations} o where ${matching}`
      }
      union all
      select p.id, 0 from ${sight.nameablePatients} p where p.id = any(${named}::bigint[])) counted
    group by counted.patient_id`);
  return rows.reduce((sum, { total }) => sum + total, 0);
}

const SERIES_FILTERS: ReadonlySet<string> = new Set([
  'patient',
  'study',
  'organization',
  'code',
  'patient.identifier',
]);

/** What the filters say about a reading `o` (or a series `o`, for the filters on whole series). */
async function conditions(sight: Sight, filters: readonly Filter[]): Promise<Sql> {
  const clauses = [sql`true`];
  for (const filter of filters) clauses.push(await condition(sight, filter));
  return join(clauses, ' and ');
}

async function condition(sight: Sight, filter: Filter): Promise<Sql> {
  switch (filter.name) {
    case '_id':
      return filter.type === 'id' ? oneOf(sql`o.id`, filter.ids) : sql`false`;
    case 'patient':
      return filter.type === 'reference' ? oneOf(sql`o.patient_id`, filter.ids) : sql`false`;
    case 'device':
      return filter.type === 'reference' ? oneOf(sql`o.data_source_id`, filter.ids) : sql`false`;
    case 'study':
      return filter.type === 'reference'
        ? sharedThrough(sight, oneOf(sql`s.study_id`, filter.ids))
        : sql`false`;
    case 'organization':
      return filter.type === 'reference'
        ? sharedThrough(sight, oneOf(sql`s.organization_id`, filter.ids))
        : sql`false`;
    case 'code':
      return sql`o.code_id = any(${await codeIds(sight, filter as TokenFilter)}::bigint[])`;
    case 'date':
      return matchesDate(filter as DateFilter, sql`o.effective_start`, sql`o.effective_end`);
    case '_lastUpdated':
      return matchesDate(filter as DateFilter, sql`o.last_updated`, sql`o.last_updated`);
    case 'status':
      return matchesToken(
        filter as TokenFilter,
        sql`'http://hl7.org/fhir/observation-status'`,
        sql`o.status`,
      );
    case 'identifier':
      return identified(
        filter as TokenFilter,
        (positive) => sql`(o.patient_id, o.id) in (
        select i.patient_id, i.observation_id from ${sight.observationIdentifiers} i
        where ${matchesToken(positive, sql`i.system`, sql`i.value`)})`,
      );
    case 'patient.identifier':
      return identified(
        filter as TokenFilter,
        (positive) => sql`o.patient_id in (
        select i.patient_id from ${sight.patientIdentifiers} i
        where ${matchesToken(positive, sql`i.system`, sql`i.value`)})`,
      );
    default:
      // A filter that nobody here understands must not widen the search.
      return sql`false`;
  }
}

/** Of several identifiers none may match a `:not`, so the negation stands outside the set. */
function identified(filter: TokenFilter, among: (positive: TokenFilter) => Sql): Sql {
  const matched = among({ ...filter, not: false });
  return filter.not ? sql`not ${matched}` : matched;
}

/** Series shared through a study that satisfies the condition on `s`: enrolled, requested, permitted there. */
function sharedThrough(sight: Sight, study: Sql): Sql {
  return sql`((o.patient_id, o.code_id) in (
    select s.patient_id, s.code_id from ${sight.sharedSeries} s where ${study})) is true`;
}

/** The codes are few: resolving them first lets the planner use the series index. */
async function codeIds(sight: Sight, filter: TokenFilter): Promise<number[]> {
  const rows = await sight.query<{ id: number }>(
    sql`select k.id from ${sight.codes} k where ${matchesToken(filter, sql`k.system`, sql`k.code`)}`,
  );
  return rows.map((row) => row.id);
}

/** Ids of ours are integers; any other text is the id of nothing. A single one is compared as such, for the planner. */
function oneOf(column: Sql, texts: readonly string[]): Sql {
  const ids = texts.filter((text) => /^\d{1,15}$/.test(text)).map(Number);
  return ids.length === 1 ? sql`${column} = ${ids[0]}::bigint` : sql`${column} = any(${ids}::bigint[])`;
}

/** Written out and not bound: a plan made for any limit would be a plan for a tenth of the table. */
function limited(limit: number, offset: number): Sql {
  const start = offset === 0 ? empty : sql`offset ${offset}`;
  return sql`limit ${raw(String(Math.trunc(limit)))} ${start}`;
}

/** A reading ready to be stored: checked, with the facts that find it again. */
export type NewObservation = Readonly<{
  patientId: number;
  codeId: number;
  /** Who keeps the record at this moment: an organization, or the person (null). */
  keeperOrganizationId: number | null;
  dataSourceId: number | null;
  dataPointUuid: string;
  status: string;
  effectiveStart: Date | null;
  effectiveEnd: Date | null;
  /** Minutes east of UTC that the time was written with; null when it says nothing of the clock on the wall. */
  effectiveOffset: number | null;
  value: number | null;
  /** The second number of a reading that has two, in the same unit. */
  secondValue: number | null;
  unit: string | null;
  /** JSON text as submitted. */
  dataPoint: string;
}>;

/** What identifies a data point: its series, the source it came from, and its own uuid. */
export type DataPointKey = Readonly<{
  patientId: number;
  codeId: number;
  dataSourceId: number | null;
  dataPointUuid: string;
}>;

/**
 * The next id of the row `d`, a few further on by chance: from the ids of readings in sight nobody is to count those that
 * are not. (It names the row, so that the chance is taken for each.)
 */
const nextId = sql`(
  select max(nextval('observation_id')) from generate_series(1, 1 + floor(random() * 8)::int + 0 * d.c))`;

/**
 * Stores readings in series that the principal may add to, numbering them in the order given. A data point that is
 * already there is left as it is and not in the answer. One statement with one parameter, whatever the number of rows:
 * the submitted JSON travels inside it as `json`, which PostgreSQL keeps byte for byte.
 */
export function insert(
  sight: WritableSight,
  observations: readonly NewObservation[],
): Promise<(DataPointKey & { id: number })[]> {
  return sight.query(sql`
    insert into observation (patient_id, id, code_id, keeper_organization_id, data_source_id, data_point_uuid, status, effective_start,
      effective_end, effective_offset, value, second_value, unit, data_point, recorded_by, recorded_client)
    select d.p, ${nextId}, d.c,
      d.k, d.s, d.u, d.st, d.fs, d.fe, d.fo, d.v, d.w, d.n, d.d,
      ${sight.principal.userId}, ${sight.principal.clientId}
    from json_to_recordset(${toRecordset(observations)}::json) as d (
      p bigint, c bigint, k bigint, s bigint, u uuid, st text, fs timestamptz, fe timestamptz, fo smallint, v double precision,
      w double precision, n text, d json)
    where (d.p, d.c, coalesce(d.k, 0)) in (
      select k.patient_id, k.code_id, k.keeper from ${sight.recordableSeries} k)
    on conflict (patient_id, code_id, data_point_uuid, data_source_id) do nothing
    returning patient_id, id, code_id, data_source_id, data_point_uuid`);
}

function toRecordset(observations: readonly NewObservation[]): string {
  const rows = observations.map((o) => {
    const facts = JSON.stringify({
      p: o.patientId,
      c: o.codeId,
      k: o.keeperOrganizationId,
      s: o.dataSourceId,
      u: o.dataPointUuid,
      st: o.status,
      fs: o.effectiveStart,
      fe: o.effectiveEnd,
      fo: o.effectiveOffset,
      v: o.value,
      w: o.secondValue,
      n: o.unit,
    });
    // The data point was parsed before, so its text is JSON and can stand as a member.
    return `${facts.slice(0, -1)},"d":${o.dataPoint}}`;
  });
  return `[${rows.join(',')}]`;
}

/**
 * What is already stored under these keys, with the JSON text to compare. Index: observation_data_point. Two lists and
 * not a join with the keys: while the table has no statistics yet, a join was planned as every key against every row.
 */
export function findByDataPoint(
  sight: Sight,
  keys: readonly DataPointKey[],
): Promise<(DataPointKey & { id: number; dataPoint: string })[]> {
  return sight.query(sql`
    select o.patient_id, o.code_id, o.id, o.data_source_id, o.data_point_uuid, o.data_point
    from ${sight.observations} o
    where o.patient_id = any(${distinct(keys.map((k) => k.patientId))}::bigint[])
      and o.data_point_uuid = any(${keys.map((k) => k.dataPointUuid)}::uuid[])`);
}

export type IdentifierKey = Readonly<{ patientId: number; system: string; value: string }>;

/** Identifiers that readings of these patients have already, and which: all keys that are taken, and maybe more. */
export async function takenIdentifiers(
  sight: Sight,
  keys: readonly IdentifierKey[],
): Promise<(IdentifierKey & { observationId: number })[]> {
  if (keys.length === 0) return [];
  return sight.query(sql`
    select i.patient_id, i.observation_id, i.system, i.value
    from ${sight.observationIdentifiers} i
    where i.patient_id = any(${distinct(keys.map((k) => k.patientId))}::bigint[])
      and i.system = any(${distinct(keys.map((k) => k.system))}::text[])
      and i.value = any(${keys.map((k) => k.value)}::text[])`);
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Stores identifiers; how many. One that the patient's readings have already, seen or not, is left out. */
export async function insertIdentifiers(
  sight: WritableSight,
  rows: readonly (IdentifierKey & { observationId: number; codeId: number })[],
): Promise<number> {
  const inserted = await sight.query(sql`
    insert into observation_identifier (patient_id, observation_id, code_id, system, value)
    select d.p, d.o, d.c, d.s, d.v
    from unnest(${rows.map((r) => r.patientId)}::bigint[], ${rows.map((r) => r.observationId)}::bigint[],
      ${rows.map((r) => r.codeId)}::bigint[], ${rows.map((r) => r.system)}::text[],
      ${rows.map((r) => r.value)}::text[]) as d (p, o, c, s, v)
    where (d.p, d.c) in (select k.patient_id, k.code_id from ${sight.recordableSeries} k)
    on conflict do nothing
    returning patient_id`);
  return inserted.length;
}

/** One reading in sight by its id. Index: observation_arrival. */
export async function findById(sight: Sight, id: number): Promise<ObservationRow | null> {
  const { rows } = await search(sight, {
    filters: [{ type: 'id', name: '_id', ids: [String(id)] }],
    sort: [],
    count: 1,
  });
  return rows[0] ?? null;
}
