import { findMeasure, type Measure, toUnit } from '@jhe/omh';
import type { SeriesRow } from '../../store/series.ts';
import type { Line, Scale, SeriesValues } from '../../store/series-values.ts';

/** What there is of a series. `units`: those that it can be drawn in, the first unless another is asked for. */
export function presentSeries(row: SeriesRow) {
  const units = findMeasure(row.codeSystem, row.code)?.shownIn ?? [];
  return {
    codeId: row.codeId,
    codingSystem: row.codeSystem,
    codingCode: row.code,
    text: row.codeText,
    unit: units[0] ?? null,
    units,
    count: row.observations,
    firstEffective: row.firstEffective,
    lastEffective: row.lastEffective,
    lastArrival: row.lastArrival,
    lastReading: row.lastReading && { time: row.lastReading, offsetMinutes: row.lastOffset },
  };
}

/** The line with the main unit is the reply itself; lines in units that nothing converts are its `others`. */
export function presentValues(
  { lines: [main, ...others], converted, leftOut, everyMs, clock }: SeriesValues,
  { measure, from, to }: { measure: Measure | undefined; from: Date | null; to: Date | null },
) {
  return {
    ...presentLine(main),
    parts: measure?.parts.map(({ display }) => display) ?? [],
    others: others.map(presentLine),
    converted,
    leftOut,
    everyMs,
    clock,
    from,
    to,
  };
}

const presentLine = ({ unit, count, points, days }: Line) => ({ unit, count, points, days });

/** Readings in another unit join the line where it is known how; others have a line of their own. */
export function scaleTo(unit: string | null, sent: string | null): Scale {
  const zero = unit !== null && sent !== null ? toUnit({ value: 0, unit: sent }, unit) : null;
  const one = unit !== null && sent !== null ? toUnit({ value: 1, unit: sent }, unit) : null;
  return unit !== null && zero && one
    ? { line: unit, factor: one.value - zero.value, shift: zero.value }
    : { line: sent ?? '', factor: 1, shift: 0 };
}
