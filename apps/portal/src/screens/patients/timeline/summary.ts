import type { DayFigures, Point } from '@jhe/client';
import { type Band, type BandName, bandOf } from './glucose-bands.ts';

/** A reading speaks for the time until the next, but for no longer than this. */
export const READING_LASTS_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

export type Summary = Readonly<{
  count: number;
  mean: number;
  min: number;
  max: number;
  /** The same of the second value of readings that have two; null where they have one. */
  second: Readonly<{ mean: number; min: number; max: number }> | null;
  /** Time that readings speak for, in days; of `windowDays`. */
  coveredDays: number;
  windowDays: number;
  /** Share of the readings in each band, 0 to 1. Empty without bands. */
  bands: Readonly<Partial<Record<BandName, number>>>;
}>;

/** Plain figures of the readings between two times (epoch ms); null without readings. */
export function summarize(
  points: readonly Point[],
  bands: readonly Band[],
  from: number,
  to: number,
): Summary | null {
  if (points.length === 0) return null;
  let total = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let covered = 0;
  const seconds: number[] = [];
  const counts: Partial<Record<BandName, number>> = {};
  for (const [index, [at, value, second]] of points.entries()) {
    if (second !== undefined) seconds.push(second);
    total += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    covered += Math.min((points[index + 1]?.[0] ?? to) - at, READING_LASTS_MS);
    const band = bandOf(bands, value);
    if (band) counts[band.name] = (counts[band.name] ?? 0) + 1;
  }
  const count = points.length;
  return {
    count,
    mean: total / count,
    min,
    max,
    second:
      seconds.length === 0
        ? null
        : {
            mean: sum(seconds, (one) => one) / seconds.length,
            min: seconds.reduce((least, one) => Math.min(least, one)),
            max: seconds.reduce((most, one) => Math.max(most, one)),
          },
    coveredDays: covered / DAY_MS,
    windowDays: (to - from) / DAY_MS,
    bands: Object.fromEntries(Object.entries(counts).map(([name, of]) => [name, of / count])),
  };
}

/** The same of readings that came as the figures of their days; their classes are counted between the bands' bounds. */
export function summarizeDays(
  days: readonly DayFigures[],
  bands: readonly Band[],
  from: number,
  to: number,
): Summary | null {
  const count = sum(days, (day) => day.count);
  if (count === 0) return null;
  const seconds = days.filter((day) => day.secondSum !== null);
  return {
    count,
    mean: sum(days, (day) => day.sum) / count,
    min: Math.min(...days.map((day) => day.min)),
    max: Math.max(...days.map((day) => day.max)),
    second:
      seconds.length === 0
        ? null
        : {
            mean: sum(seconds, (day) => day.secondSum ?? 0) / sum(seconds, (day) => day.count),
            min: Math.min(...seconds.map((day) => day.secondMin ?? Number.POSITIVE_INFINITY)),
            max: Math.max(...seconds.map((day) => day.secondMax ?? Number.NEGATIVE_INFINITY)),
          },
    coveredDays: sum(days, (day) => day.coveredMs) / DAY_MS,
    windowDays: (to - from) / DAY_MS,
    bands: Object.fromEntries(
      bands.flatMap(({ name }, index) => {
        const of = sum(days, (day) => day.classes[index] ?? 0);
        return of === 0 ? [] : [[name, of / count]];
      }),
    ),
  };
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** How much of the time there is data for: `9.2 of 14 days`. */
export function sufficiencyText({
  coveredDays,
  windowDays,
}: Pick<Summary, 'coveredDays' | 'windowDays'>): string {
  if (windowDays < 1.95) return `${numberText(coveredDays * 24)} of ${numberText(windowDays * 24)} hours`;
  return `${numberText(coveredDays)} of ${numberText(windowDays)} days`;
}

/** A number with at most one decimal, in the reader's own format. */
export function numberText(value: number, decimals = 1): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: decimals });
}

/** A share of 0 to 1 in whole percent, but never 0 for something and never 100 for not everything. */
export function percentText(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %';
  if (share < 1 && share > 0.99) return '>99 %';
  return `${Math.round(share * 100)} %`;
}

/** `118/76` of a reading that has two values, `118` of any other. */
export function valueText(value: number, second?: number, decimals = 1): string {
  return second === undefined
    ? numberText(value, decimals)
    : `${numberText(value, decimals)}/${numberText(second, decimals)}`;
}

/** The chart in one sentence, for those who do not see it. */
export function sentence(name: string, unit: string, summary: Summary): string {
  const { count, mean, min, max, second, bands } = summary;
  const inRange = bands['in-range'];
  const figures = `${name}: ${count.toLocaleString()} readings, mean ${valueText(mean, second?.mean)} ${unit}, lowest ${valueText(min, second?.min)}, highest ${valueText(max, second?.max)}`;
  return inRange === undefined
    ? `${figures}.`
    : `${figures}, ${percentText(inRange)} of readings in range, with data for ${sufficiencyText(summary)}.`;
}
