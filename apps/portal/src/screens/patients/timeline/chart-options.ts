import type { TimeRange } from '@jhe/client';
import type uPlot from 'uplot';
import type { ChartColors } from './chart-colors.ts';
import { type Clock, ticks } from './clock.ts';
import { bandStroke, drawBandNames, drawBands, namesRoom } from './draw-bands.ts';
import { drawPairs, drawPartNames } from './draw-pairs.ts';
import type { Band } from './glucose-bands.ts';
import { tickText } from './time-text.ts';

export type ChartOptions = Readonly<{
  width: number;
  height: number;
  range: TimeRange;
  clock: Clock;
  /** What the two numbers of a reading are called; empty where it has one. */
  parts: readonly string[];
  bands: readonly Band[];
  colors: ChartColors;
  /** Single readings that no line joins. */
  isEvents: boolean;
  /** Charts with the same key move their cursors together. */
  syncKey: string;
  /** The time under the cursor (epoch ms); null when it is not over the chart. */
  onCursor(at: number | null): void;
  onZoom(from: number, to: number): void;
  onZoomOut(): void;
}>;

/** What is left free at both ends, as a part of the range. */
const EDGE = 0.008;

/** A line over time: drag zooms, double click zooms out. */
export function chartOptions(options: ChartOptions): uPlot.Options {
  const { width, height, range, clock, parts, bands, colors, isEvents, syncKey } = options;
  const { onCursor, onZoom, onZoomOut } = options;
  const isPair = parts.length === 2;
  // The first and the last reading are whole.
  const edge = (range.to - range.from) * EDGE;
  const axis = {
    stroke: colors.quiet,
    font: '13px "Source Sans 3 Variable", sans-serif',
    grid: { stroke: colors.line, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    ms: 1,
    // Anew at every size: a window that is made narrow has no room for names.
    padding: [8, (chart) => namesRoom(chart.width), 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [range.from - edge, range.to + edge] },
      y: { range: (_chart, min, max) => valueRange(bands, min, max) },
    },
    axes: [
      {
        ...axis,
        size: 30,
        space: 72,
        splits: (_chart, _axis, from, to, step) => ticks(clock, from, to, step),
        values: (_chart, splits, _axis, _space, step) => splits.map((at) => tickText(clock, at, step)),
      },
      {
        ...axis,
        size: 44,
        ...(bands.length === 0 ? {} : { grid: { show: false }, splits: (chart) => bandTicks(bands, chart) }),
      },
    ],
    series: [
      {},
      {
        width: 1.75,
        stroke: (chart) => bandStroke(chart, bands, colors),
        points: {
          size: isEvents ? 8 : 5,
          width: 0,
          fill: (chart) => bandStroke(chart, bands, colors),
          show: true,
          filter: (chart, of, _show, _gaps) => pointsToMark(chart, of),
        },
      },
      // Hollow where the first is full: the two are told apart without colour.
      ...(isPair
        ? [
            {
              width: 1.75,
              stroke: colors.accent,
              points: {
                size: isEvents ? 8 : 5,
                width: 2,
                stroke: colors.accent,
                fill: colors.surface,
                show: true,
                filter: (chart: uPlot, of: number) => pointsToMark(chart, of),
              },
            },
          ]
        : []),
    ],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 10, width: 2, stroke: () => colors.surface, fill: () => colors.ink },
      sync: { key: syncKey, scales: ['x', null], setSeries: false },
      bind: {
        dblclick: () => () => {
          onZoomOut();
          return null;
        },
      },
    },
    hooks: {
      drawClear: [(chart) => drawBands(chart, bands, colors)],
      drawAxes: [(chart) => isPair && drawPairs(chart, colors)],
      draw: [
        (chart) => drawBandNames(chart, bands, colors),
        (chart) => isPair && drawPartNames(chart, parts, colors),
      ],
      setCursor: [
        (chart) => {
          const left = chart.cursor.left ?? -1;
          onCursor(left < 0 ? null : chart.posToVal(left, 'x'));
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width: wide } = chart.select;
          if (wide < 8) return;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onZoom(chart.posToVal(left, 'x'), chart.posToVal(left + wide, 'x'));
        },
      ],
    },
  };
}

/** With bands the same heights always mean the same; higher readings make room for themselves. */
function valueRange(bands: readonly Band[], min: number | null, max: number | null): uPlot.Range.MinMax {
  if (bands.length === 0) {
    const [low, high] = [min ?? 0, max ?? 1];
    const room = Math.max((high - low) * 0.1, 1);
    return [Math.floor(low - room), Math.ceil(high + room)];
  }
  const mmol = (bands[1]?.from ?? 54) < 10;
  const [floor, usual, step] = mmol ? [2.2, 16.6, 2] : [40, 300, 50];
  const top = Math.max(usual, max ?? 0);
  return [Math.min(floor, min ?? floor), top === usual ? usual : Math.ceil((top + step / 5) / step) * step];
}

function bandTicks(bands: readonly Band[], chart: uPlot): number[] {
  const mmol = (bands[1]?.from ?? 54) < 10;
  const wanted = mmol ? [3, 3.9, 6, 8, 10, 13.9, 16, 20, 24] : [54, 70, 100, 140, 180, 250, 300, 350, 400];
  const { min = 0, max = 0 } = chart.scales.y ?? {};
  return wanted.filter((value) => value >= (min ?? 0) && value <= (max ?? 0));
}

/** Dots on every reading where there is room for them; otherwise only on readings that stand alone, which no line shows. */
function pointsToMark(chart: uPlot, of: number): number[] {
  const times = chart.data[0];
  const values = chart.data[of] as (number | null)[];
  const roomy = chart.bbox.width / devicePixelRatio / Math.max(1, times.length) >= 5;
  const marked: number[] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    if (roomy || (values[index - 1] == null && values[index + 1] == null)) marked.push(index);
  }
  return marked;
}
