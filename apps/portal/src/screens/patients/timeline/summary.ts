import type { Point } from '@jhe/client';
import { type Band, type BandName, bandOf } from './glucose-bands.ts';

/** A reading speaks for the time until the next, but for no longer than this. */
export const READING_LASTS_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

export type Summary = Readonly<{
  count: number;
  mean: number;
  min: number;
  max: number;
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
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let covered = 0;
  const counts: Partial<Record<BandName, number>> = {};
  for (const [index, [at, value]] of points.entries()) {
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    covered += Math.min((points[index + 1]?.[0] ?? to) - at, READING_LASTS_MS);
    const band = bandOf(bands, value);
    if (band) counts[band.name] = (counts[band.name] ?? 0) + 1;
  }
  const count = points.length;
  return {
    count,
    mean: sum / count,
    min,
    max,
    coveredDays: covered / DAY_MS,
    windowDays: (to - from) / DAY_MS,
    bands: Object.fromEntries(Object.entries(counts).map(([name, of]) => [name, of / count])),
  };
}

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

/** The chart in one sentence, for those who do not see it. */
export function sentence(name: string, unit: string, summary: Summary): string {
  const inRange = summary.bands['in-range'];
  const figures = `${name}: ${summary.count.toLocaleString()} readings, mean ${numberText(summary.mean)} ${unit}, lowest ${numberText(summary.min)}, highest ${numberText(summary.max)}`;
  return inRange === undefined
    ? `${figures}.`
    : `${figures}, ${percentText(inRange)} of readings in range, with data for ${sufficiencyText(summary)}.`;
}
