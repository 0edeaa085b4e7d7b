/** A series is one patient's readings of one code: the unit of consent. */
import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

export type SeriesRow = Readonly<{
  patientId: number;
  codeId: number;
  codeSystem: string;
  code: string;
  codeText: string;
  observations: number;
  firstEffective: Date | null;
  lastEffective: Date | null;
  lastArrival: Date | null;
}>;

/** What there is of a patient's readings, by code. */
export function ofPatient(sight: Sight, patientId: number): Promise<SeriesRow[]> {
  return sight.query(sql`
    select s.patient_id, s.code_id, k.system as code_system, k.code, k.text as code_text, s.observations,
      s.first_effective, s.last_effective, s.last_arrival
    from ${sight.series} s join ${sight.codes} k on k.id = s.code_id
    where s.patient_id = ${patientId} and s.observations > 0
    order by k.text`);
}

export type SeriesKey = Readonly<{ patientId: number; codeId: number }>;

/** Which of these patients' series may be added to by this principal now, and who keeps the record: 0 is the person. */
export function recordable(
  sight: Sight,
  patientIds: readonly number[],
): Promise<(SeriesKey & Readonly<{ keeper: number }>)[]> {
  return sight.query(sql`
    select k.patient_id, k.code_id, k.keeper from ${sight.recordableSeries} k
    where k.patient_id = any(${patientIds}::bigint[])`);
}

const these = (keys: readonly SeriesKey[]) => sql`(
  select * from unnest(${keys.map((k) => k.patientId)}::bigint[], ${keys.map((k) => k.codeId)}::bigint[]))`;

/**
 * Locks the rows of these series (making them when new) until the transaction ends, always in the same order, so that
 * two uploads to one series follow each other and two to several never wait for one another in a circle. Returns how many
 * it locked: fewer than asked when an answer was withdrawn just now.
 */
export async function lock(sight: WritableSight, keys: readonly SeriesKey[]): Promise<number> {
  await sight.query(sql`
    insert into series (patient_id, code_id)
    select distinct k.patient_id, k.code_id
    from ${sight.recordableSeries} k
    where (k.patient_id, k.code_id) in ${these(keys)}
    order by k.patient_id, k.code_id
    on conflict (patient_id, code_id) do nothing`);
  const locked = await sight.query<SeriesKey>(sql`
    select s.patient_id, s.code_id from ${sight.series} s
    where (s.patient_id, s.code_id) in ${these(keys)}
    order by s.patient_id, s.code_id
    for update`);
  return locked.length;
}

/**
 * Says of locked series that they have a person's readings: they are mixed for ever. Returns those that were not before;
 * what others attested to them is closed at the end of the deed (`closeMixed`).
 */
export async function mix(sight: WritableSight, keys: readonly SeriesKey[]): Promise<SeriesKey[]> {
  const pure = await sight.query<SeriesKey>(sql`
    select s.patient_id, s.code_id from ${sight.series} s
    where (s.patient_id, s.code_id) in ${these(keys)} and not s.mixed`);
  if (pure.length > 0) {
    await sight.query(sql`
      select mix_series(${pure.map((k) => k.patientId)}::bigint[], ${pure.map((k) => k.codeId)}::bigint[])::text as mixed`);
  }
  return pure;
}

/** What others attested to these mixed series stops counting, each with its event. */
export async function closeMixed(sight: WritableSight, keys: readonly SeriesKey[]): Promise<void> {
  await sight.query(sql`
    select close_mixed(${keys.map((k) => k.patientId)}::bigint[], ${keys.map((k) => k.codeId)}::bigint[])::text as closed`);
}

export type SeriesGrowth = SeriesKey &
  Readonly<{ observations: number; firstEffective: Date | null; lastEffective: Date | null }>;

/** Adds to the counts of locked series what was recorded in this transaction. Returns how many it added to. */
export async function grow(sight: WritableSight, growth: readonly SeriesGrowth[]): Promise<number> {
  const grown = await sight.query(sql`
    update series s
    set observations = s.observations + g.observations,
      first_effective = least(s.first_effective, g.first_effective),
      last_effective = greatest(s.last_effective, g.last_effective),
      last_arrival = now()
    from unnest(
      ${growth.map((g) => g.patientId)}::bigint[], ${growth.map((g) => g.codeId)}::bigint[],
      ${growth.map((g) => g.observations)}::bigint[], ${growth.map((g) => g.firstEffective)}::timestamptz[],
      ${growth.map((g) => g.lastEffective)}::timestamptz[]
    ) as g (patient_id, code_id, observations, first_effective, last_effective)
    where s.patient_id = g.patient_id and s.code_id = g.code_id
    returning s.code_id`);
  return grown.length;
}

/** Most points one answer holds: half a year of five-minute readings. */
export const MAX_POINTS = 50_000;

/**
 * A series as a line to draw: [epoch milliseconds, value] by time, within [from, to) where given, and the unit.
 * Undated readings and readings without a number are not on it. Index: observation_series.
 */
export async function points(
  sight: Sight,
  { patientId, codeId, from, to }: SeriesKey & { from: Date | null; to: Date | null },
): Promise<{ unit: string | null; points: [number, number][] }> {
  const rows = await sight.query<{ patientId: number; at: number; value: number; unit: string | null }>(sql`
    select o.patient_id, (extract(epoch from o.effective_start) * 1000)::bigint as at, o.value, o.unit
    from ${sight.observations} o
    where o.patient_id = ${patientId} and o.code_id = ${codeId} and o.value is not null
      and o.effective_start >= coalesce(${from}::timestamptz, '-infinity')
      and o.effective_start < coalesce(${to}::timestamptz, 'infinity')
      and o.status <> 'entered-in-error'
    order by o.effective_start, o.id
    limit ${MAX_POINTS}`);
  // One line has one unit: readings in another unit than the newest would draw a false picture.
  const unit = rows.at(-1)?.unit ?? null;
  return { unit, points: rows.filter((row) => row.unit === unit).map((row) => [row.at, row.value]) };
}
