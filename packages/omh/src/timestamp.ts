/** RFC 3339 timestamps and dates, read character by character: this runs at least twice for every ingested point, and
 * `Date.parse` differs between engines, accepts 31 February and guesses missing offsets. */

/** An instant and the offset it was written with. */
export interface Timestamp {
  /** Milliseconds since 1970-01-01T00:00:00Z; digits below a millisecond are cut off. */
  readonly epochMs: number;
  /** Minutes east of UTC as written (`Z` is 0); null when the text had none. */
  readonly offsetMinutes: number | null;
}

/** First and last instant accepted: years 1 to 9999 UTC, the range that a four-digit year can be written back in. */
export const EARLIEST_MS = -62135596800000;
export const LATEST_MS = 253402300799999;

/** Attoseconds and an offset fit twice. */
const LONGEST_TIMESTAMP = 64;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Days in a month (1-12) of the proleptic Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Milliseconds from the epoch to midnight UTC of a calendar day; right for years below 100, unlike `Date.UTC`. */
export function midnightMs(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146097 + dayOfEra - 719468) * DAY_MS;
}

/** The number written by `count` digits at `from`, or -1. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Midnight UTC of a `full-date` (YYYY-MM-DD) at the start of `text`, or NaN when it is no calendar day. */
function leadingDateMs(text: string): number {
  if (text[4] !== '-' || text[7] !== '-') return Number.NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return Number.NaN;
  return midnightMs(year, month, day);
}

/** Midnight UTC of an RFC 3339 `full-date` such as 2026-02-28, in milliseconds; null for anything else. */
export function parseFullDate(text: string): number | null {
  const ms = text.length === 10 ? leadingDateMs(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** Minutes east of UTC written at `at` to the end of `text`; null when nothing is there, NaN when it is malformed. */
function offsetAt(text: string, at: number): number | null {
  if (at === text.length) return null;
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') return text.length === at + 1 ? 0 : Number.NaN;
  if ((sign !== '+' && sign !== '-') || text.length !== at + 6 || text[at + 3] !== ':') return Number.NaN;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN;
  const total = hours * 60 + minutes;
  return sign === '-' && total > 0 ? -total : total;
}

/**
 * Reads an RFC 3339 `date-time` (section 5.6), e.g. `2026-03-01T08:00:00.5-05:00`; `T` and `Z` in either case. Refuses
 * (null) days and times that do not exist, a missing offset unless `zoneless` is `utc` (then it is read as UTC), and
 * texts of more than 64 characters (a fraction may have any number of digits) and instants outside years 1 to 9999. A leap second is accepted only at 23:59:60 UTC and read as the next second.
 */
export function parseTimestamp(text: string, zoneless: 'refuse' | 'utc' = 'refuse'): Timestamp | null {
  if (text.length > LONGEST_TIMESTAMP) return null;
  const dayMs = leadingDateMs(text);
  const separator = text[10];
  if (Number.isNaN(dayMs) || (separator !== 'T' && separator !== 't')) return null;
  if (text[13] !== ':' || text[16] !== ':') return null;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return null;

  let at = 19;
  let ms = 0;
  if (text[at] === '.') {
    const first = ++at;
    for (let scale = 100; ; scale /= 10, at++) {
      const digit = text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      if (scale >= 1) ms += digit * scale;
    }
    if (at === first) return null;
  }
  const offsetMinutes = offsetAt(text, at);
  if (offsetMinutes === null ? zoneless === 'refuse' : Number.isNaN(offsetMinutes)) return null;

  const minuteMs = dayMs + (hour * 60 + minute - (offsetMinutes ?? 0)) * MINUTE_MS;
  if (second === 60 && ((minuteMs % DAY_MS) + DAY_MS) % DAY_MS !== DAY_MS - MINUTE_MS) return null;
  const epochMs = minuteMs + second * 1000 + (second === 60 ? 0 : ms);
  return epochMs < EARLIEST_MS || epochMs > LATEST_MS ? null : { epochMs, offsetMinutes };
}
