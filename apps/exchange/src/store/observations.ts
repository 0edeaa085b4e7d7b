/** Readings: found and counted through the Sight, in an order that keeps its place while rows come and go. */
import type { DateFilter, Filter, SortKey, TokenFilter } from '@jhe/fhir';
import type { Sight, WritableSight } from '../access/sight.ts';
import { join, type Sql, sql } from '../database/sql.ts';
import { integers, matchesDate, matchesToken } from './filters.ts';
import { beyond, type OrderColumn, orderBy, type Place } from './keyset.ts';
import { limited } from './page.ts';

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
 * Index: observation_arrival, observation_date, observation_series, or the key; each is walked in the order asked for until
 * the page is full, so that a page costs what is on it and what is passed over.
 */
export async function search(
  sight: Sight,
  page: ObservationPage,
): Promise<{ rows: ObservationRow[]; hasMore: boolean }> {
  const { filters, count, from, offset = 0 } = page;
  const backwards = from?.backwards ?? false;
  const matching = await conditions(sight, filters);
  const series = await fewSeries(sight, filters);
  const found: FoundRow[] = [];
  for (const part of partsOf(page)) {
    const first = found.length;
    if (first > count) break;
    const narrowed = sql`${matching} and ${part.matching}`;
    const bytes = found.reduce((sum, row) => sum + Buffer.byteLength(row.dataPoint), 0);
    const wanted = { order: part.order, backwards, count: count - first, offset, bytes };
    found.push(...(await read(sight, narrowed, series, wanted)));
    if (found.some((row) => row.beyond)) break;
  }
  const kept = found.filter((row) => !row.beyond);
  const rows = backwards ? kept.reverse() : kept;
  return { rows, hasMore: kept.length < found.length };
}

type FoundRow = ObservationRow & Readonly<{ beyond: boolean }>;

/** An order, and the readings that are put in it. */
type Part = Readonly<{ order: readonly OrderColumn[]; matching: Sql }>;

/**
 * By date first the dated readings and then the undated: an index in the order of dates serves both directions where
 * nothing is null. Whoever numbers pages passes over both at once.
 */
function partsOf({ sort, from, offset = 0 }: ObservationPage): Part[] {
  const order = orderOf(sort);
  const matching = from ? beyond(order, from.place, from.backwards) : sql`true`;
  const date = order.findIndex((column) => column.nullable);
  if (date !== 0 || offset > 0) return [{ order, matching }];
  const [{ column }, ...rest] = order as [OrderColumn, ...OrderColumn[]];
  const at = from?.place[0];
  const dated = [{ ...order[0]!, nullable: false }, ...rest];
  // The place of an undated reading is behind all dated ones; all of those are before it.
  const parts: Part[] = [
    {
      order: dated,
      matching: sql`${column} is not null and ${from && at !== null ? beyond(dated, from.place, from.backwards) : sql`true`}`,
    },
    {
      order,
      matching: sql`${column} is null and ${from && at === null ? beyond(order, from.place, from.backwards) : sql`true`}`,
    },
  ];
  if (from?.backwards) return at === null ? [parts[1]!, parts[0]!] : [parts[0]!];
  return from && at === null ? [parts[1]!] : parts;
}

type Wanted = Readonly<{
  order: readonly OrderColumn[];
  backwards: boolean;
  /** How many to show; one more is read, to learn whether there is more. */
  count: number;
  offset: number;
  /** Of the data points that are on the page already. */
  bytes: number;
}>;

async function read(
  sight: Sight,
  matching: Sql,
  series: FewSeries | null,
  { order, backwards, count, offset, bytes }: Wanted,
): Promise<FoundRow[]> {
  const sorted = sql`order by ${orderBy(order, backwards)}`;
  const place = join(
    order.map(({ column }) => sql`(${column})::text`),
    ', ',
  );
  const readings =
    series === null
      ? sql`${sight.observations} o where ${matching}`
      : sql`${theseSeries(series)} cross join lateral (
          select o.* from ${sight.observations} o
          where o.patient_id = k.patient_id and o.code_id = k.code_id and ${matching} ${sorted} ${limited(count + 1 + offset, 0)}
        ) o`;
  return sight.query<FoundRow>(sql`
    with page as (
      select o.*, row_number() over (${sorted}) as rank
      from (select o.*, array[${place}] as place from ${readings} ${sorted} ${limited(count + 1, offset)}) o
    ), sized as (
      select page.*, page.rank > ${bytes === 0 ? 1 : 0}::int and (page.rank > ${count}::int
        or sum(octet_length(page.data_point::text)) over (order by page.rank) > ${MAX_PAGE_BYTES - bytes}::int) as beyond
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
}

type FewSeries = Readonly<{ patientIds: readonly number[]; codeIds: readonly number[] }>;

const theseSeries = ({ patientIds, codeIds }: FewSeries) =>
  sql`unnest(${patientIds}::bigint[], ${codeIds}::bigint[]) as k (patient_id, code_id)`;

/** So many series are each walked to the end of the page; of more, some have a reading soon on the way of all. */
const FEW = 64;

/**
 * The series that a study or organization shares, when they are few: among many other people's readings theirs are found
 * sooner one by one. Null when they are many, or when the filters name nothing of the kind.
 */
async function fewSeries(sight: Sight, filters: readonly Filter[]): Promise<FewSeries | null> {
  const shared = filters.flatMap((filter) => (filter.type === 'reference' ? (sharing(filter) ?? []) : []));
  if (shared.length === 0 || filters.some(({ name }) => name === 'patient' || name === '_id')) return null;
  // Of an organization a series may be shared by several studies.
  const rows = await sight.query<{ ofPatient: number; codeId: number }>(sql`
    select s.patient_id as of_patient, s.code_id from ${sight.sharedSeries} s
    where ${shared[0]} ${limited(4 * FEW + 1, 0)}`);
  if (rows.length > 4 * FEW) return null;
  const series = [...new Map(rows.map((row) => [`${row.ofPatient}/${row.codeId}`, row])).values()];
  if (series.length > FEW) return null;
  return { patientIds: series.map((row) => row.ofPatient), codeIds: series.map((row) => row.codeId) };
}

/** Of the rows beyond a page nothing is disclosed, so their patients must not be traced, nor their texts be carried. */
const unlessBeyond = (column: Sql) => sql`case when not page.beyond then ${column} end`;

/**
 * How many readings match, exactly. Filters on whole series (patient, study, organization, code) are answered from the
 * counts that recording keeps, in the same transaction; any other filter counts rows.
 */
export async function count(sight: Sight, filters: readonly Filter[]): Promise<number> {
  const ofSeries = filters.every((filter) => SERIES_FILTERS.has(filter.name));
  const matching = await narrowed(sight, filters, ofSeries);
  const [row] = await sight.query<{ total: number }>(
    ofSeries
      ? sql`select coalesce(sum(o.observations), 0)::bigint as total from ${sight.series} o where ${matching}`
      : sql`select count(*) as total from ${sight.observations} o where ${matching}`,
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
  const matching = await narrowed(sight, filters, ofSeries);
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

/** The conditions, and whose readings it can be when the series are few. */
async function narrowed(sight: Sight, filters: readonly Filter[], ofSeries: boolean): Promise<Sql> {
  const matching = await conditions(sight, filters, ofSeries);
  const series = await fewSeries(sight, filters);
  return series === null ? matching : sql`o.patient_id = any(${series.patientIds}::bigint[]) and ${matching}`;
}

/** What the filters say about a reading `o` (or a series `o`, for the filters on whole series: `ofSeries`). */
async function conditions(sight: Sight, filters: readonly Filter[], ofSeries = false): Promise<Sql> {
  const clauses = [sql`true`];
  for (const filter of filters) clauses.push(await condition(sight, filter, ofSeries));
  return join(clauses, ' and ');
}

async function condition(sight: Sight, filter: Filter, ofSeries: boolean): Promise<Sql> {
  switch (filter.name) {
    case '_id':
      return filter.type === 'id' ? oneOf(sql`o.id`, filter.ids) : sql`false`;
    case 'patient':
      return filter.type === 'reference' ? oneOf(sql`o.patient_id`, filter.ids) : sql`false`;
    case 'device':
      return filter.type === 'reference' ? oneOf(sql`o.data_source_id`, filter.ids) : sql`false`;
    case 'study':
    case 'organization':
      return sharedThrough(sight, sharing(filter) ?? sql`false`, ofSeries);
    case 'code':
      return isOneOf(sql`o.code_id`, await codeIds(sight, filter as TokenFilter));
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

/** What a filter says about the study `s` that shares a series; null for a filter on something else. */
function sharing(filter: Filter): Sql | null {
  if (filter.type !== 'reference') return null;
  if (filter.name === 'study') return oneOf(sql`s.study_id`, filter.ids);
  return filter.name === 'organization' ? oneOf(sql`s.organization_id`, filter.ids) : null;
}

/**
 * Shared through a study that satisfies the condition on `s`: enrolled, requested, permitted there. Each reading on the way
 * of a page is asked for by itself; of series that are added up, PostgreSQL may look up all at once.
 */
function sharedThrough(sight: Sight, study: Sql, ofSeries: boolean): Sql {
  return ofSeries
    ? sql`exists (
        select from ${sight.sharedSeries} s
        where s.patient_id = o.patient_id and s.code_id = o.code_id and ${study}) is true`
    : sql`exists (
        select from ${sight.sharedSeries} s
        where s.patient_id = o.patient_id and s.code_id = o.code_id and ${study} offset 0)`;
}

/** The codes are few: resolving them first lets the planner use the series index. */
async function codeIds(sight: Sight, filter: TokenFilter): Promise<number[]> {
  const rows = await sight.query<{ id: number }>(
    sql`select k.id from ${sight.codes} k where ${matchesToken(filter, sql`k.system`, sql`k.code`)}`,
  );
  return rows.map((row) => row.id);
}

/** Ids of ours are integers; any other text is the id of nothing. */
const oneOf = (column: Sql, texts: readonly string[]): Sql => isOneOf(column, integers(texts));

/** A single one is compared as such: PostgreSQL then reads an index behind it in order. */
function isOneOf(column: Sql, ids: readonly number[]): Sql {
  return ids.length === 1 ? sql`${column} = ${ids[0]}::bigint` : sql`${column} = any(${ids}::bigint[])`;
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
    where exists (
      select from ${sight.recordableSeries} k
      where k.patient_id = d.p and k.code_id = d.c and k.keeper = coalesce(d.k, 0) offset 0)
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
    where exists (
      select from ${sight.recordableSeries} k where k.patient_id = d.p and k.code_id = d.c offset 0)
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
