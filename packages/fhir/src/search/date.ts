import type { ValueResult } from './search.ts';

const PREFIXES = ['eq', 'ne', 'lt', 'gt', 'ge', 'le', 'sa', 'eb'] as const;

/** How the interval is compared. https://hl7.org/fhir/R5/search.html#prefix */
export type DatePrefix = (typeof PREFIXES)[number];

/**
 * A prefix and the half-open interval [start, end) the text stands for, in milliseconds since 1970 UTC. The
 * interval is as wide as the text is precise: a year, month, day, minute, second or fraction; down to
 * microseconds, so the numbers may have a fraction.
 */
export type DateValue = { prefix: DatePrefix; start: number; end: number };

/** A condition on a date, time or period. */
export type DateFilter = { type: 'date'; name: string; values: DateValue[] };

const FORMAT =
  /^([a-z]{2})?(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+\- ]\d{2}:\d{2})?)?)?)?$/;

/**
 * One alternative of a date parameter, such as `ge2024-01`, `2024-02-29` or `lt2024-02-29T10:00:00+02:00`.
 * Without an offset UTC is meant; a space stands for the `+` of an offset that a client left unencoded.
 * Refuses prefixes it does not know (`ap` among them) and days or times that do not exist.
 * https://hl7.org/fhir/R5/search.html#date
 */
export function parseDate(text: string): ValueResult<DateValue> {
  const match = FORMAT.exec(text);
  if (match === null) return { ok: false, message: 'must be a date or time such as ge2024-01-31' };
  const [
    ,
    prefixText = 'eq',
    yearText,
    monthText,
    dayText,
    hourText,
    minuteText,
    secondText,
    fraction,
    zone,
  ] = match;
  const prefix = PREFIXES.find((known) => known === prefixText);
  if (prefix === undefined) return { ok: false, message: `must use a prefix of ${PREFIXES.join(', ')}` };

  const year = Number(yearText);
  const month = Number(monthText ?? 1);
  const day = Number(dayText ?? 1);
  const hour = Number(hourText ?? 0);
  const minute = Number(minuteText ?? 0);
  const second = Number(secondText ?? 0);
  const offsetMinutes = parseOffset(zone);
  const isReal =
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= new Date(utc(year, month, 0)).getUTCDate() &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 60 &&
    offsetMinutes !== undefined;
  if (!isReal) return { ok: false, message: 'must be a date or time that exists' };

  const midnight = utc(year, month - 1, day);
  const whole = midnight + (hour * 3600 + (minute - offsetMinutes) * 60 + second) * 1000;
  if (monthText === undefined) return interval(prefix, midnight, utc(year + 1, 0, 1));
  if (dayText === undefined) return interval(prefix, midnight, utc(year, month, 1));
  if (hourText === undefined) return interval(prefix, midnight, midnight + 86_400_000);
  if (secondText === undefined) return interval(prefix, whole, whole + 60_000);
  if (fraction === undefined) return interval(prefix, whole, whole + 1000);
  // Digits beyond microseconds are dropped: no stored instant is finer.
  const digits = Math.min(fraction.length, 6);
  const units = Number(fraction.slice(0, digits));
  const perSecond = 10 ** digits;
  return interval(prefix, whole + (units * 1000) / perSecond, whole + ((units + 1) * 1000) / perSecond);
}

const interval = (prefix: DatePrefix, start: number, end: number): ValueResult<DateValue> => ({
  ok: true,
  value: { prefix, start, end },
});

/** Midnight UTC; unlike Date.UTC it takes the years 1 to 99 as they are. `month` counts from 0. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

function parseOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  if (minutes > 14 * 60 || Number(zone.slice(4)) > 59) return undefined;
  return zone.startsWith('-') ? -minutes : minutes;
}
