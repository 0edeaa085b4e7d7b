const MINUTE = 60_000;
const DAY = 86_400_000;

// Building a formatter costs about a hundred times as much as using it.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  let formatter: Intl.DateTimeFormat;
  try {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new RangeError('timeZone: not a known IANA time zone name');
  }
  formatters.set(timeZone, formatter);
  return formatter;
}

/**
 * Minutes the zone's clock is ahead of UTC at an instant (-480 for Los Angeles in winter).
 * Refuses a zone name the runtime does not know with a RangeError.
 */
export function offsetMinutesAt(epochMs: number, timeZone: string): number {
  const field = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
  for (const part of formatterFor(timeZone).formatToParts(epochMs)) {
    if (part.type in field) field[part.type as keyof typeof field] = Number(part.value);
  }
  const wall = Date.UTC(field.year, field.month - 1, field.day, field.hour, field.minute, field.second);
  return Math.round((wall - Math.floor(epochMs / 1000) * 1000) / MINUTE);
}

/**
 * The instant (epoch ms) at which the zone's clock shows `minuteOfDay` on a local day; minutes below 0 or from 1440
 * on fall on the neighbouring days. A time the clock skips is read with the offset before the change (so it lands later
 * on the clock), a time it shows twice is the first of the two, as in RFC 5545 section 3.3.5.
 */
export function epochOfLocal(dayNumber: number, minuteOfDay: number, timeZone: string): number {
  const wall = dayNumber * DAY + minuteOfDay * MINUTE;
  const before = offsetMinutesAt(wall - DAY, timeZone);
  const after = offsetMinutesAt(wall + DAY, timeZone);
  const first = wall - before * MINUTE;
  if (before === after || offsetMinutesAt(first, timeZone) === before) return first;
  const second = wall - after * MINUTE;
  return offsetMinutesAt(second, timeZone) === after ? second : first;
}

/**
 * An instant as RFC 3339 section 5.6 with the zone's own offset, e.g. `2026-11-20T12:45:00-08:00`; milliseconds only
 * where there are any. Refuses an unknown zone and a number that is no instant with a RangeError.
 */
export function localIso(epochMs: number, timeZone: string): string {
  if (!Number.isFinite(epochMs)) throw new RangeError('epochMs: not an instant');
  const offset = offsetMinutesAt(epochMs, timeZone);
  const wall = new Date(epochMs + offset * MINUTE)
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '');
  const two = (n: number): string => String(n).padStart(2, '0');
  const ahead = Math.abs(offset);
  return `${wall}${offset < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
}

/** Days from 1970-01-01 to a calendar date `YYYY-MM-DD`. Refuses anything else with a RangeError. */
export function dayNumberOf(localDate: string): number {
  const epochMs = /^\d{4}-\d{2}-\d{2}$/.test(localDate) ? Date.parse(`${localDate}T00:00:00Z`) : Number.NaN;
  // Engines differ on 30 February: some roll over, so the date must also read back as itself.
  if (Number.isNaN(epochMs) || new Date(epochMs).toISOString().slice(0, 10) !== localDate) {
    throw new RangeError('localDate: expected a calendar date YYYY-MM-DD');
  }
  return epochMs / DAY;
}

/** Saturday or Sunday, for days counted from 1970-01-01 (a Thursday). */
export function isWeekend(dayNumber: number): boolean {
  const weekday = (((dayNumber + 4) % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}
