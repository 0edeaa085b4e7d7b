/**
 * A series as lines to draw. Nothing is left out without a word: what cannot be drawn is counted, what comes in another unit
 * is converted or is a line of its own, and what is too much is thinned, the lowest, highest and newest readings kept, with
 * the figures of all.
 */
import type { Sight } from '../access/sight.ts';
import { type Sql, sql } from '../database/sql.ts';
import type { SeriesKey } from './series.ts';

/** Most readings that one answer has one by one: a hundred days of five-minute readings. */
export const MAX_POINTS = 30_000;
/** Most points of a line that was thinned: more than a screen has columns. */
const THINNED_POINTS = 4_000;
/** A reading speaks for the time until the next, but for no longer than this. */
const READING_LASTS_MS = 15 * 60_000;
/** Changes of the clock that an answer has at most: ten years of summer time, and a few hundred journeys. */
const MAX_CLOCK_CHANGES = 500;

/** How a unit becomes that of its line: `value * factor + shift`. */
export type Scale = Readonly<{ line: string; factor: number; shift: number }>;

export type Wanted = SeriesKey &
  Readonly<{
    /** How many readings the series has in all. */
    total: number;
    /** Within [from, to) where given. */
    from: Date | null;
    to: Date | null;
    /** Readings one by one up to so many; thinned when there are more. */
    most: number;
    /** The unit of the main line; null: that of the newest reading. */
    unit: string | null;
    /** What to do with a unit, by what readings say. */
    scaleOf(unit: string | null): Scale;
    /** Bounds, ascending, in the unit of the main line, between which the readings of a day are counted. */
    limits: readonly number[];
  }>;

/** Epoch milliseconds, value, and the second value of readings that have two. */
export type Point = [at: number, value: number, second?: number];

/** The readings of one local day (YYYY-MM-DD; in UTC where they say no clock of their own). */
export type DayFigures = {
  day: string;
  count: number;
  sum: number;
  min: number;
  max: number;
  secondSum: number | null;
  secondMin: number | null;
  secondMax: number | null;
  /** Time that the readings speak for: until the next, a quarter of an hour at most. */
  coveredMs: number;
  /** How many lie below the first limit, between the first and the second, and so on. */
  classes: number[];
};

export type Line = Readonly<{
  unit: string | null;
  /** Readings of the line, drawn or thinned away. */
  count: number;
  points: Point[];
  /** The figures of all, when the line was thinned. */
  days: DayFigures[] | null;
}>;

export type SeriesValues = Readonly<{
  /** The main line first; it is there also when nothing is. */
  lines: readonly [Line, ...Line[]];
  converted: readonly Readonly<{ unit: string; count: number }>[];
  leftOut: Readonly<{ enteredInError: number; undated: number; withoutNumber: number }>;
  /** Of each so many milliseconds the lowest and highest reading is there; null: every reading. */
  everyMs: number | null;
  /** From when on the readings' own clock was so many minutes east of UTC; empty when none says. */
  clock: readonly (readonly [at: number, offsetMinutes: number])[];
}>;

/** Index: observation_series. */
export async function read(sight: Sight, wanted: Wanted): Promise<SeriesValues> {
  const undated = await countUndated(sight, wanted);
  // Most series are short as a whole, and need not be counted first.
  const units = wanted.total > wanted.most ? await countUnits(sight, wanted) : [];
  if (
    units.reduce((sum, { count, wrong, withoutNumber }) => sum + count + wrong + withoutNumber, 0) <=
    wanted.most
  ) {
    const newestFirst = await sight.query<Row>(sql`
      select o.patient_id, ${epochMs(sql`o.effective_start`)} as at, o.effective_offset as offset, o.value,
        o.second_value as second, o.unit, not ${counts} as wrong
      from ${sight.observations} o
      where ${inRange(wanted)}
      order by o.effective_start desc, o.id desc
      limit ${wanted.most + 1}`);
    if (newestFirst.length <= wanted.most) return each(newestFirst.reverse(), wanted, undated);
  }
  return thinned(sight, wanted, units.length > 0 ? units : await countUnits(sight, wanted), undated);
}

/** By float, which is ten times as fast as by numeric, and exact to the microsecond until the year 2255. */
const epochMs = (at: Sql) => sql`(date_part('epoch', ${at}) * 1000)::bigint`;

const counts = sql`o.status <> 'entered-in-error'`;

type Row = Readonly<{
  patientId: number;
  at: number;
  offset: number | null;
  value: number | null;
  second: number | null;
  unit: string | null;
  wrong: boolean;
}>;

const inRange = ({ patientId, codeId, from, to }: Wanted): Sql => sql`
  o.patient_id = ${patientId} and o.code_id = ${codeId}
  and o.effective_start >= coalesce(${from}::timestamptz, '-infinity')
  and o.effective_start < coalesce(${to}::timestamptz, 'infinity')`;

/** Readings without a time are in no range; they are told of with every one. */
async function countUndated(sight: Sight, { patientId, codeId }: Wanted): Promise<number> {
  const [row] = await sight.query<{ undated: number }>(sql`
    select count(*) as undated from ${sight.observations} o
    where o.patient_id = ${patientId} and o.code_id = ${codeId} and o.effective_start is null
      and o.status <> 'entered-in-error'`);
  return row?.undated ?? 0;
}

const plusOne = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** Every reading, in the order of time. */
function each(rows: readonly Row[], wanted: Wanted, undated: number): SeriesValues {
  const leftOut = { enteredInError: 0, undated, withoutNumber: 0 };
  const units = new Map<string | null, number>();
  const points = new Map<string, Point[]>();
  const clock: [number, number][] = [];
  let newest: string | null = null;
  for (const { at, offset, value, second, unit, wrong } of rows) {
    if (wrong) leftOut.enteredInError++;
    else if (value === null) leftOut.withoutNumber++;
    else {
      const { line, factor, shift } = wanted.scaleOf(unit);
      const of = points.get(line) ?? [];
      points.set(line, of);
      of.push(
        second === null
          ? [at, value * factor + shift]
          : [at, value * factor + shift, second * factor + shift],
      );
      plusOne(units, unit);
      newest = line;
    }
    if (!wrong && offset !== null && clock.at(-1)?.[1] !== offset) clock.push([at, offset]);
  }
  const lines = [...points].map(([unit, of]): Line => ({ unit, count: of.length, points: of, days: null }));
  return {
    lines: mainFirst(lines, wanted.unit ?? newest),
    converted: convertedFrom([...units], wanted),
    leftOut,
    everyMs: null,
    clock,
  };
}

function mainFirst(lines: readonly Line[], unit: string | null): [Line, ...Line[]] {
  const main = lines.find((line) => line.unit === unit) ?? lines[0];
  return main
    ? [main, ...lines.filter((line) => line !== main)]
    : [{ unit, count: 0, points: [], days: null }];
}

/** Units whose readings stand in a line of another one. */
function convertedFrom(
  units: readonly (readonly [unit: string | null, count: number])[],
  { scaleOf }: Wanted,
): { unit: string; count: number }[] {
  return units.flatMap(([unit, count]) =>
    unit !== null && scaleOf(unit).line !== unit && count > 0 ? [{ unit, count }] : [],
  );
}

/** The lowest and highest reading of each stretch of time and the newest of all, and the figures of every one. */
async function thinned(
  sight: Sight,
  wanted: Wanted,
  units: readonly UnitRow[],
  undated: number,
): Promise<SeriesValues> {
  const numbered = units.filter(({ count }) => count > 0);
  const from = Math.min(...units.map(({ first }) => first));
  const to = Math.max(...units.map(({ last }) => last));
  const perLine = Math.floor(Math.min(wanted.most, THINNED_POINTS) / 2) - 1;
  const everyMs = Math.max(1, Math.ceil((to - from + 1) / perLine));
  const scaled = scaledReadings(sight, wanted, numbered);

  const stretches = await sight.query<StretchRow>(sql`
    select r.patient_id, r.line, (r.at - ${from}::bigint) / ${everyMs}::bigint as stretch,
      min(array[coalesce(r.second, r.value), r.at, r.value, r.second]) as lowest,
      max(array[r.value, -r.at, r.value, r.second]) as highest, max(array[r.at, r.id, r.value, r.second]) as newest
    from ${scaled} r
    group by r.patient_id, r.line, 3
    order by 3`);
  const days = await dayFigures(sight, wanted, scaled, to);
  const clock = await sight.query<{ patientId: number; at: number; offset: number }>(sql`
    select c.patient_id, c.at, c.offset from (
      select r.patient_id, r.at, r.offset, lag(r.offset) over (order by r.at, r.id) as before
      from ${scaled} r where r.offset is not null
    ) c
    where c.offset is distinct from c.before
    order by c.at desc
    limit ${MAX_CLOCK_CHANGES}`);

  const lines = [...Map.groupBy(numbered, ({ unit }) => wanted.scaleOf(unit).line)].map(
    ([unit, of]): Line => ({
      unit,
      count: of.reduce((sum, { count }) => sum + count, 0),
      points: keptOf(stretches.filter(({ line }) => line === unit)),
      days: days.get(unit) ?? [],
    }),
  );
  return {
    lines: mainFirst(lines, wanted.unit ?? stretches.at(-1)?.line ?? null),
    converted: convertedFrom(
      numbered.map(({ unit, count }) => [unit, count]),
      wanted,
    ),
    leftOut: {
      enteredInError: units.reduce((sum, { wrong }) => sum + wrong, 0),
      undated,
      withoutNumber: units.reduce((sum, { withoutNumber }) => sum + withoutNumber, 0),
    },
    everyMs,
    clock: clock.reverse().map(({ at, offset }) => [at, offset] as const),
  };
}

/** How many readings there are of each unit; of those that count, with a number and without. */
function countUnits(sight: Sight, wanted: Wanted): Promise<UnitRow[]> {
  return sight.query<UnitRow>(sql`
    select o.patient_id, o.unit, count(o.value) filter (where ${counts}) as count,
      count(*) filter (where not ${counts}) as wrong, count(*) filter (where ${counts} and o.value is null) as without_number,
      ${epochMs(sql`min(o.effective_start)`)} as first, ${epochMs(sql`max(o.effective_start)`)} as last
    from ${sight.observations} o
    where ${inRange(wanted)}
    group by o.patient_id, o.unit`);
}

type UnitRow = Readonly<{
  patientId: number;
  unit: string | null;
  count: number;
  wrong: number;
  withoutNumber: number;
  first: number;
  last: number;
}>;

/** Readings as [what they are ordered by, time or its negative or id, value, second]: PostgreSQL compares them as such. */
type Ordered = readonly [by: number, at: number, value: number, second: number | null];
type StretchRow = Readonly<{
  patientId: number;
  line: string;
  stretch: number;
  lowest: Ordered;
  highest: Ordered;
  newest: Ordered;
}>;

/** The lowest and highest reading of each stretch of a line, and its newest, in the order of time. */
function keptOf(stretches: readonly StretchRow[]): Point[] {
  const kept = new Map<string, Point>();
  const keep = (at: number, value: number, second: number | null) =>
    kept.set(`${at} ${value} ${second}`, second === null ? [at, value] : [at, value, second]);
  for (const { lowest, highest } of stretches) {
    keep(lowest[1], lowest[2], lowest[3]);
    keep(-highest[1], highest[2], highest[3]);
  }
  const newest = stretches.at(-1)?.newest;
  if (newest) keep(newest[0], newest[2], newest[3]);
  return [...kept.values()].sort((a, b) => a[0] - b[0]);
}

/** The readings that a line can have, each in the unit of its line. */
function scaledReadings(sight: Sight, wanted: Wanted, units: readonly UnitRow[]): Sql {
  const scales = units.map(({ unit }) => wanted.scaleOf(unit));
  return sql`(
    select o.patient_id, o.id, o.effective_start, ${epochMs(sql`o.effective_start`)} as at, u.line,
      o.effective_offset as offset, o.value * u.factor + u.shift as value, o.second_value * u.factor + u.shift as second
    from ${sight.observations} o
    join unnest(${units.map(({ unit }) => unit)}::text[], ${scales.map(({ line }) => line)}::text[],
      ${scales.map(({ factor }) => factor)}::double precision[], ${scales.map(({ shift }) => shift)}::double precision[]
    ) as u (unit, line, factor, shift) on u.unit is not distinct from o.unit
    where ${inRange(wanted)} and ${counts} and o.value is not null)`;
}

/** By line: the figures of each day on the readings' own clock. */
async function dayFigures(
  sight: Sight,
  { limits, to: end }: Wanted,
  scaled: Sql,
  last: number,
): Promise<Map<string, DayFigures[]>> {
  const until = Math.max(last, Math.min(end?.getTime() ?? Number.POSITIVE_INFINITY, last + READING_LASTS_MS));
  const rows = await sight.query<
    Omit<DayFigures, 'classes'> & { patientId: number; line: string; class: number }
  >(sql`
    select r.patient_id, r.line, r.day::text as day, r.class, count(*) as count, sum(r.value) as sum, min(r.value) as min,
      max(r.value) as max, sum(r.second) as second_sum, min(r.second) as second_min, max(r.second) as second_max,
      sum(r.covered_ms)::bigint as covered_ms
    from (
      select s.*, ${limits.length === 0 ? sql`0` : sql`width_bucket(s.value, ${limits}::double precision[])`} as class,
        (s.effective_start at time zone 'UTC' + coalesce(s.offset, 0) * interval '1 minute')::date as day,
        least(coalesce(lead(s.at) over (partition by s.line order by s.at, s.id), ${until}) - s.at,
          ${READING_LASTS_MS}) as covered_ms
      from ${scaled} s
    ) r
    group by r.patient_id, r.line, r.day, r.class
    order by r.line, r.day, r.class`);
  const byLine = new Map<string, DayFigures[]>();
  for (const { patientId: _, line, class: of, ...figures } of rows) {
    const days = byLine.get(line) ?? [];
    byLine.set(line, days);
    let day = days.at(-1);
    if (day?.day !== figures.day) {
      day = { ...figures, count: 0, sum: 0, coveredMs: 0, classes: new Array(limits.length + 1).fill(0) };
      if (day.secondSum !== null) day.secondSum = 0;
      days.push(day);
    }
    day.count += figures.count;
    day.sum += figures.sum;
    day.min = Math.min(day.min, figures.min);
    day.max = Math.max(day.max, figures.max);
    if (day.secondSum !== null) {
      day.secondSum += figures.secondSum ?? 0;
      day.secondMin = Math.min(day.secondMin ?? figures.secondMin!, figures.secondMin ?? day.secondMin!);
      day.secondMax = Math.max(day.secondMax ?? figures.secondMax!, figures.secondMax ?? day.secondMax!);
    }
    day.coveredMs += figures.coveredMs;
    day.classes[of] = (day.classes[of] ?? 0) + figures.count;
  }
  return byLine;
}
