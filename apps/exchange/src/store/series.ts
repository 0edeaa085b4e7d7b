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
  /** The latest reading that was not entered in error, and minutes east of UTC of its own clock. */
  lastReading: Date | null;
  lastOffset: number | null;
}>;

/**
 * What there is of a patient's readings, by code; what is shared and has no reading yet as well. Index of the last reading:
 * observation_series.
 */
export function ofPatient(sight: Sight, patientId: number): Promise<SeriesRow[]> {
  return sight.query(sql`
    select c.patient_id, c.code_id, k.system as code_system, k.code, k.text as code_text,
      coalesce(s.observations, 0) as observations, s.first_effective, s.last_effective, s.last_arrival,
      l.effective_start as last_reading, l.effective_offset as last_offset
    from ${openTo(sight, patientId)} c
    join ${sight.codes} k on k.id = c.code_id
    left join ${sight.series} s on s.patient_id = c.patient_id and s.code_id = c.code_id
    left join lateral (
      select o.effective_start, o.effective_offset
      from ${sight.observations} o
      where o.patient_id = ${patientId} and o.code_id = c.code_id and o.effective_start is not null
        and o.status <> 'entered-in-error'
      order by o.effective_start desc
      limit 1
    ) l on true
    order by k.text`);
}

/** Series of a patient that are open to this principal, whether or not anything has arrived. */
const openTo = (sight: Sight, patientId: number) => sql`(
  select h.patient_id, h.code_id from ${sight.sharedSeries} h where h.patient_id = ${patientId}
  union
  select s.patient_id, s.code_id from ${sight.series} s where s.patient_id = ${patientId} and s.observations > 0)`;

export type Opened = Readonly<{ patientId: number; system: string; code: string; observations: number }>;

/** The code of a series that is open to this principal, and how many readings it has; undefined for any other. */
export async function open(sight: Sight, { patientId, codeId }: SeriesKey): Promise<Opened | undefined> {
  const [row] = await sight.query<Opened>(sql`
    select c.patient_id, k.system, k.code, coalesce(s.observations, 0) as observations
    from ${openTo(sight, patientId)} c
    join ${sight.codes} k on k.id = c.code_id
    left join ${sight.series} s on s.patient_id = c.patient_id and s.code_id = c.code_id
    where c.code_id = ${codeId}`);
  return row;
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
      and k.patient_id = any(${keys.map((k) => k.patientId)}::bigint[])
    order by k.patient_id, k.code_id
    on conflict (patient_id, code_id) do nothing`);
  const locked = await sight.query<SeriesKey>(sql`
    select s.patient_id, s.code_id from ${sight.growingSeries} s
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
    select s.patient_id, s.code_id from ${sight.growingSeries} s
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
