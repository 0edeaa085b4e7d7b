import type { SeriesValues } from '@jhe/client';

const number = (count: number) => count.toLocaleString();
const readings = (count: number) => (count === 1 ? '1 reading' : `${number(count)} readings`);
const is = (count: number) => (count === 1 ? 'is' : 'are');

const MINUTE_MS = 60_000;

/** `25 minutes`, `3 hours`, `2 days`: rounded up, so that it is never less than was thinned. */
export function stretchText(ms: number): string {
  const [size, unit] =
    ms < 90 * MINUTE_MS
      ? [ms / MINUTE_MS, 'minute']
      : ms < 36 * 60 * MINUTE_MS
        ? [ms / (60 * MINUTE_MS), 'hour']
        : [ms / (24 * 60 * MINUTE_MS), 'day'];
  const whole = Math.ceil(size);
  return whole === 1 ? unit : `${whole} ${unit}s`;
}

/**
 * What a chart does not show, or shows otherwise than it came, in sentences: nothing is left out without a word.
 */
export function notes(values: SeriesValues): string[] {
  const { unit, count, others, converted, leftOut, everyMs } = values;
  const said: string[] = [];
  if (everyMs !== null) {
    said.push(
      `${readings(count)} are too many to draw each: of every ${stretchText(everyMs)} the lowest and the highest are drawn. The figures are of all of them. Zoom in to see each.`,
    );
  }
  for (const { unit: sent, count: of } of converted) {
    said.push(`${readings(of)} came in ${sent} and ${is(of)} shown in ${unit}.`);
  }
  for (const other of others) {
    said.push(
      `${readings(other.count)} in ${other.unit} cannot be shown in ${unit} and ${is(other.count)} drawn by ${other.count === 1 ? 'itself' : 'themselves'}.`,
    );
  }
  const { enteredInError, withoutNumber, undated } = leftOut;
  if (enteredInError > 0) {
    said.push(
      `${readings(enteredInError)} between these times ${is(enteredInError)} marked as entered in error, and not shown.`,
    );
  }
  if (withoutNumber > 0 && count > 0) {
    const has = withoutNumber === 1 ? 'has' : 'have';
    said.push(`${readings(withoutNumber)} between these times ${has} no number to draw.`);
  }
  if (undated === 1) said.push('1 reading does not say when it was made, and is not shown.');
  if (undated > 1) said.push(`${readings(undated)} do not say when they were made, and are not shown.`);
  return said;
}
