/** When a reading happened, from `body.effective_time_frame`. Reading is more forgiving than validating: stored and
 * imported bodies may predate our checks, and a bad time must cost the index entry, not the reading. */
import {
  daysInMonth,
  EARLIEST_MS,
  LATEST_MS,
  midnightMs,
  parseFullDate,
  parseTimestamp,
  type Timestamp,
} from './timestamp.ts';

/** The time of a reading. */
export interface EffectiveTime {
  /** The instant, or the start of the period; null when unknown. */
  readonly start: Date | null;
  /** The end of the period; null for an instant or when unknown. */
  readonly end: Date | null;
  readonly kind: 'instant' | 'period' | 'none';
  /** Minutes east of UTC the time was written with, start before end; for days without a clock time, the offset used.
   * Null when none is known: `Z` and `-00:00` say nothing of the clock on the wall (RFC 3339 4.3, RFC 9557 2). */
  readonly offsetMinutes: number | null;
}

const none: EffectiveTime = { start: null, end: null, kind: 'none', offsetMinutes: null };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const unitMs: ReadonlyMap<unknown, number> = new Map(
  Object.entries({
    ps: 1e-9,
    ns: 1e-6,
    us: 1e-3,
    ms: 1,
    sec: 1e3,
    min: MINUTE_MS,
    h: HOUR_MS,
    d: DAY_MS,
    wk: 7 * DAY_MS,
  }),
);
const unitMonths: ReadonlyMap<unknown, number> = new Map(Object.entries({ Mo: 1, yr: 12 }));

/** First hour of each part of the day; each lasts six hours. */
const partStartHour: ReadonlyMap<unknown, number> = new Map(
  Object.entries({ night: 0, morning: 6, afternoon: 12, evening: 18 }),
);

type Members = Readonly<Record<string, unknown>>;

function members(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

function timestamp(value: unknown): Timestamp | null {
  const found = typeof value === 'string' ? parseTimestamp(value, 'utc') : null;
  return found?.offsetMinutes === 0 && !(value as string).endsWith('+00:00')
    ? { epochMs: found.epochMs, offsetMinutes: null }
    : found;
}

/** A Date inside the years 1 to 9999, or null. */
function dateOf(ms: number): Date | null {
  return ms >= EARLIEST_MS && ms <= LATEST_MS ? new Date(ms) : null;
}

/** Moves by whole calendar months on the clock the time was written with; a day the month lacks becomes its last. */
function addMonths(from: Timestamp, months: number): number {
  const offsetMs = (from.offsetMinutes ?? 0) * MINUTE_MS;
  const local = new Date(from.epochMs + offsetMs);
  const index = local.getUTCFullYear() * 12 + local.getUTCMonth() + months;
  const year = Math.floor(index / 12);
  if (!(year >= 1 && year <= 9999)) return Number.NaN;
  const month = index - year * 12 + 1;
  const day = Math.min(local.getUTCDate(), daysInMonth(year, month));
  const clockMs = (((from.epochMs + offsetMs) % DAY_MS) + DAY_MS) % DAY_MS;
  return midnightMs(year, month, day) + clockMs - offsetMs;
}

/** A time moved by a duration (`direction` 1 or -1), or null when unit or value say nothing. */
function moved(from: Timestamp, duration: Members, direction: 1 | -1): Date | null {
  const { value, unit } = duration;
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const months = unitMonths.get(unit);
  if (months !== undefined) return dateOf(addMonths(from, direction * Math.trunc(value) * months));
  const ms = unitMs.get(unit);
  return ms === undefined ? null : dateOf(from.epochMs + direction * Math.round(value * ms));
}

/** A window of some hours on a calendar day, on the clock of the given offset (UTC when null). */
function window(day: unknown, fromHour: number, hours: number, offsetMinutes: number | null): EffectiveTime {
  const midnight = typeof day === 'string' ? parseFullDate(day) : null;
  if (midnight === null) return none;
  const startMs = midnight + fromHour * HOUR_MS - (offsetMinutes ?? 0) * MINUTE_MS;
  return { start: dateOf(startMs), end: dateOf(startMs + hours * HOUR_MS), kind: 'period', offsetMinutes };
}

function period(interval: Members, headerOffset: number | null): EffectiveTime {
  const start = timestamp(interval.start_date_time);
  const end = timestamp(interval.end_date_time);
  const duration = members(interval.duration);
  if (start && end) {
    const offsetMinutes = start.offsetMinutes ?? end.offsetMinutes;
    return { start: new Date(start.epochMs), end: new Date(end.epochMs), kind: 'period', offsetMinutes };
  }
  if (start && duration) {
    const { epochMs, offsetMinutes } = start;
    return { start: new Date(epochMs), end: moved(start, duration, 1), kind: 'period', offsetMinutes };
  }
  if (end && duration) {
    const { epochMs, offsetMinutes } = end;
    return { start: moved(end, duration, -1), end: new Date(epochMs), kind: 'period', offsetMinutes };
  }
  const fromHour = partStartHour.get(interval.part_of_day);
  return fromHour === undefined ? none : window(interval.date, fromHour, 6, headerOffset);
}

/**
 * The instant or period of a body. A `date_time`, present at all, decides alone; else `time_interval`: start and end,
 * start or end with a duration, or a date with a part of the day (night 00-06, morning 06-12, afternoon 12-18, evening
 * 18-24); else a `full_date`, the whole day. Times without offset are UTC; day windows use the offset of the `header`'s
 * `source_creation_date_time` when given, else UTC. An unusable duration loses only the edge it would have given.
 * Never throws; anything malformed gives kind `none`. Start and end come as sent: a period may run backwards, which its
 * renderer must know (FHIR invariant per-1).
 */
export function effectiveTime(body: unknown, header?: unknown): EffectiveTime {
  const frame = members(members(body)?.effective_time_frame);
  if (frame === null) return none;
  if (frame.date_time !== undefined) {
    const at = timestamp(frame.date_time);
    if (at === null) return none;
    return { start: new Date(at.epochMs), end: null, kind: 'instant', offsetMinutes: at.offsetMinutes };
  }
  const headerOffset = timestamp(members(header)?.source_creation_date_time)?.offsetMinutes ?? null;
  const interval = members(frame.time_interval);
  if (interval !== null) return period(interval, headerOffset);
  return frame.full_date === undefined ? none : window(frame.full_date, 0, 24, headerOffset);
}
