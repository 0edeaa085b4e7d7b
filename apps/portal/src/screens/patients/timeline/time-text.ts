/** Times as the reader's own clock shows them, and the name of that clock. */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const full = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
});
const hour = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const offset = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' });

export const timeText = (at: number) => full.format(at);
export const dayText = (at: number) => day.format(at);

/** A tick of the time axis: hours within a day, the day itself at its midnight. */
export function tickText(at: number, stepMs: number): string {
  const date = new Date(at);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0;
  if (stepMs >= 86_400_000) return shortDay.format(at);
  return midnight ? day.format(at) : hour.format(at);
}

/** `Europe/Berlin (GMT+1)`, with the offset that holds at a time. */
export function zoneText(at: number): string {
  const name = offset.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return name === zone || zone === 'UTC' ? zone : `${zone.replaceAll('_', ' ')} (${name})`;
}
