import type { Point } from '@jhe/client';

/** Columns for drawing: times in epoch ms, values, and second values where there are any; null where the line must break. */
export type Columns = readonly [times: number[], values: (number | null)[], seconds?: (number | null)[]];

/** Readings of a sensor further apart than this are not joined by a line. */
export const SENSOR_GAP_MS = 15 * 60_000;

/** Breaks the line between readings that are more than `gapMs` apart. Keeps every reading. */
export function breakAtGaps(points: readonly Point[], gapMs: number): Columns {
  const times: number[] = [];
  const values: (number | null)[] = [];
  const seconds: (number | null)[] = [];
  let before: number | undefined;
  for (const [at, value, second = null] of points) {
    if (before !== undefined && at - before > gapMs) {
      times.push(before + 1);
      values.push(null);
      seconds.push(null);
    }
    times.push(at);
    values.push(value);
    seconds.push(second);
    before = at;
  }
  return points.some((point) => point.length > 2) ? [times, values, seconds] : [times, values];
}

const HOUR_MS = 3_600_000;

/**
 * The gap for a measure of unknown rhythm: three times the usual distance of its readings, at least a quarter hour. What
 * usually comes less than hourly, or came once, is single events, and nothing is known between two of them: 0, so no line.
 */
export function usualGap(points: readonly Point[]): number {
  const distances = points.slice(1).map(([at], index) => at - points[index]![0]);
  const middle = distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
  return middle > HOUR_MS || points.length === 1 ? 0 : Math.max(SENSOR_GAP_MS, 3 * middle);
}

/** The place of the reading nearest in time; -1 without readings. Points are in order of time. */
export function nearest(points: readonly Point[], at: number): number {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]![0] < at) low = middle + 1;
    else high = middle;
  }
  const [here, before] = [points[low], points[low - 1]];
  if (here === undefined) return -1;
  return before !== undefined && at - before[0] < here[0] - at ? low - 1 : low;
}
