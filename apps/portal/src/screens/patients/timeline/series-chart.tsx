import 'uplot/dist/uPlot.min.css';
import type { Point, TimeRange } from '@jhe/client';
import { useComputedColorScheme } from '@mantine/core';
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from 'react';
import uPlot from 'uplot';
import { chartColors } from './chart-colors.ts';
import { chartOptions } from './chart-options.ts';
import type { Clock } from './clock.ts';
import { breakAtGaps, nearest } from './gaps.ts';
import type { Band } from './glucose-bands.ts';

type Props = {
  label: string;
  points: readonly Point[];
  /** What the two numbers of a reading are called; empty where it has one. */
  parts: readonly string[];
  range: TimeRange;
  clock: Clock;
  bands: readonly Band[];
  gapMs: number;
  height: number;
  /** The reading under the cursor in words, for screen readers. */
  valueText: string;
  /** The time under the cursor, by mouse or keys; null when there is none. */
  onCursor(at: number | null): void;
  onZoom(from: number, to: number): void;
  onZoomOut(): void;
};

/**
 * Readings drawn over time. Arrow keys walk from reading to reading, Page keys by twelve, Home and End to the ends. The
 * container with the summary and the table beside it are the caller's: a canvas alone is silent.
 */
export default function SeriesChart(props: Props) {
  const { label, points, parts, range, clock, bands, gapMs, height, valueText } = props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const here = useRef(-1);
  const scheme = useComputedColorScheme('light');
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colour scheme changes what chartColors reads
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const options = chartOptions({
      width: element.clientWidth,
      height,
      range: { from: range.from, to: range.to },
      clock,
      parts,
      bands,
      colors: chartColors(element),
      isEvents: gapMs === 0,
      syncKey: 'timeline',
      onCursor: (at) => latest.current.onCursor(at),
      onZoom: (from, to) => latest.current.onZoom(from, to),
      onZoomOut: () => latest.current.onZoomOut(),
    });
    const columns = breakAtGaps(points, gapMs);
    const data =
      parts.length === 2 && columns.length === 2 ? [...columns, columns[1].map(() => null)] : columns;
    const drawn = new uPlot(options, data as unknown as uPlot.AlignedData, element);
    chart.current = drawn;
    here.current = -1;
    const resize = new ResizeObserver(() => {
      if (element.clientWidth !== drawn.width) drawn.setSize({ width: element.clientWidth, height });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      drawn.destroy();
      chart.current = null;
    };
  }, [points, parts, range.from, range.to, clock, bands, gapMs, height, scheme]);

  const walk = (event: KeyboardEvent) => {
    const drawn = chart.current;
    if (!drawn || points.length === 0) return;
    const last = points.length - 1;
    const from = here.current < 0 ? nearest(points, range.to) : here.current;
    const target = {
      ArrowRight: from + 1,
      ArrowLeft: from - 1,
      PageDown: from - 12,
      PageUp: from + 12,
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    here.current = Math.min(last, Math.max(0, target));
    const [at, value] = points[here.current]!;
    drawn.setCursor({ left: drawn.valToPos(at, 'x'), top: drawn.valToPos(value, 'y') });
  };

  return (
    <div
      ref={box}
      role="slider"
      tabIndex={0}
      aria-label={`${label}, reading by reading`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, points.length - 1)}
      aria-valuenow={Math.max(0, here.current)}
      aria-valuetext={valueText}
      onKeyDown={walk}
      style={{ width: '100%', height }}
    />
  );
}
