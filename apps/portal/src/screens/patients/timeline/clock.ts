/**
 * On whose clock times are written and days begin: the patient's own, as the readings say it, or the reader's where they say
 * none. Times stay instants; only their words and the days are the clock's.
 */
export type Clock = Readonly<{
  whose: 'patient' | 'reader';
  /** Minutes east of UTC at an instant (epoch ms). */
  offsetAt(at: number): number;
  /** Each offset and from when on (epoch ms), in order; the first also holds before. Empty on the reader's clock. */
  changes: Changes;
}>;

export type Changes = readonly (readonly [at: number, offsetMinutes: number])[];

/** The reader's own clock, with its summer and winter. */
export const readerClock: Clock = {
  whose: 'reader',
  offsetAt: (at) => -new Date(at).getTimezoneOffset(),
  changes: [],
};

/** A patient's clock; undefined when the readings say none. */
export function patientClock(changes: Changes): Clock | undefined {
  const [first] = changes;
  if (!first) return undefined;
  const offsetAt = (at: number) => changes.findLast(([from]) => from <= at)?.[1] ?? first[1];
  return { whose: 'patient', offsetAt, changes };
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What the clock shows, as an instant that shows the same in UTC: only to be formatted and counted in. */
export const localOf = (clock: Clock, at: number): number => at + clock.offsetAt(at) * MINUTE_MS;

/** The instant at which the clock first shows a local time; null when it passes over it. */
function instantOf(clock: Clock, local: number): number | null {
  for (const near of [local - DAY_MS, local + DAY_MS]) {
    const at = local - clock.offsetAt(near) * MINUTE_MS;
    if (localOf(clock, at) === local) return at;
  }
  return null;
}

/** The day on the clock, YYYY-MM-DD. */
export const dayOf = (clock: Clock, at: number): string =>
  new Date(localOf(clock, at)).toISOString().slice(0, 10);

/** Ticks (instants) of a time axis, about a step apart: round hours, midnights or first days of months of the clock. */
export function ticks(clock: Clock, from: number, to: number, stepMs: number): number[] {
  const found: number[] = [];
  const push = (local: number) => {
    const at = instantOf(clock, local);
    if (at !== null && at >= from && at <= to && at > (found.at(-1) ?? Number.NEGATIVE_INFINITY))
      found.push(at);
  };
  const [start, end] = [localOf(clock, from) - DAY_MS, localOf(clock, to) + DAY_MS];
  if (stepMs >= 28 * DAY_MS) {
    const months = Math.max(1, Math.round(stepMs / (30 * DAY_MS)));
    const every = months <= 1 ? 1 : months <= 3 ? 3 : months <= 6 ? 6 : 12 * Math.ceil(months / 12);
    const first = new Date(start);
    const index = first.getUTCFullYear() * 12 + first.getUTCMonth();
    for (let month = Math.ceil(index / every) * every; ; month += every) {
      const local = Date.UTC(Math.floor(month / 12), month % 12, 1);
      if (local > end) return found;
      push(local);
    }
  }
  for (let local = Math.ceil(start / stepMs) * stepMs; local <= end; local += stepMs) push(local);
  return found;
}

/** `UTC−8`, `UTC+5:30`, `UTC`. */
export function offsetText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC';
  const size = Math.abs(offsetMinutes);
  const minutes = size % 60 === 0 ? '' : `:${String(size % 60).padStart(2, '0')}`;
  return `UTC${offsetMinutes < 0 ? '−' : '+'}${Math.floor(size / 60)}${minutes}`;
}
