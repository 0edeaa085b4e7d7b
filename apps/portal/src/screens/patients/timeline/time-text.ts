/** Times in words, on a clock, in the reader's own format. */
import { type Clock, localOf, offsetText, readerClock } from './clock.ts';

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' });
const full = format({
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
});
const hour = format({ hour: 'numeric', minute: '2-digit' });
const day = format({ weekday: 'short', day: 'numeric', month: 'short' });
const shortDay = format({ day: 'numeric', month: 'short' });
const month = format({ month: 'short', year: 'numeric' });
const date = format({ day: 'numeric', month: 'short', year: 'numeric' });
const offset = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' });

export const timeText = (clock: Clock, at: number) => full.format(localOf(clock, at));

/** A day, YYYY-MM-DD. */
export const dayText = (of: string) => day.format(Date.parse(of));

const DAY_MS = 86_400_000;

/** A tick of the time axis: hours within a day, the day itself at its midnight, months where they are the steps. */
export function tickText(clock: Clock, at: number, stepMs: number): string {
  const local = localOf(clock, at);
  if (stepMs >= 28 * DAY_MS) return month.format(local);
  if (stepMs >= DAY_MS) return shortDay.format(local);
  return local % DAY_MS === 0 ? day.format(local) : hour.format(local);
}

/**
 * The clock by its name, with the offsets that hold between two times: `the patient’s clock, UTC−8, from 8 Mar 2026 UTC−7`.
 * The reader's own has the name of its zone.
 */
export function clockText(clock: Clock, from: number, to: number, isSelf = false): string {
  if (clock.whose === 'reader') {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const name = offset.formatToParts(to).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const text = name === zone || zone === 'UTC' ? zone : `${zone.replaceAll('_', ' ')} (${name})`;
    return isSelf ? `your clock, ${text}` : `your own clock, ${text}: the readings do not say the patient’s`;
  }
  const later = clock.changes.slice(1).filter(([at]) => at > from && at <= to);
  const shown = later.slice(0, MOST_CHANGES).map(([at, minutes]) => {
    return `, from ${date.format(localOf(clock, at))} ${offsetText(minutes)}`;
  });
  const more = later.length > MOST_CHANGES ? ` and ${later.length - MOST_CHANGES} more changes` : '';
  const name = isSelf ? 'your clock' : 'the patient’s clock';
  return `${name}, ${offsetText(clock.offsetAt(from))}${shown.join('')}${more}`;
}

const MOST_CHANGES = 2;

/** ` (9 h behind yours)`, or nothing where the reader's clock shows the same at that time. */
export function aheadText(clock: Clock, at: number): string {
  const minutes = clock.offsetAt(at) - readerClock.offsetAt(at);
  if (minutes === 0) return '';
  const hours = (Math.abs(minutes) / 60).toLocaleString(undefined, { maximumFractionDigits: 2 });
  return `${hours} h ${minutes < 0 ? 'behind' : 'ahead of'} yours`;
}
