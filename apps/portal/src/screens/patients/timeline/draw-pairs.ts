import type uPlot from 'uplot';
import type { ChartColors } from './chart-colors.ts';
import { namesRoom } from './draw-bands.ts';

/** Joins the two numbers of each reading by an upright line, so that they are seen as one reading. */
export function drawPairs(chart: uPlot, colors: ChartColors): void {
  const [times = [], firsts = [], seconds = []] = chart.data;
  const { ctx } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
  ctx.clip();
  ctx.strokeStyle = colors.accent;
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  for (const [index, at] of times.entries()) {
    const [first, second] = [firsts[index], seconds[index]];
    if (first == null || second == null) continue;
    const x = chart.valToPos(at, 'x', true);
    ctx.moveTo(x, chart.valToPos(first, 'y', true));
    ctx.lineTo(x, chart.valToPos(second, 'y', true));
  }
  ctx.stroke();
  ctx.restore();
}

const LEAST_DISTANCE = 16;

/** Names the two at the right, at the height of the newest reading, where there is room. */
export function drawPartNames(chart: uPlot, parts: readonly string[], colors: ChartColors): void {
  if (namesRoom(chart.width) === 0) return;
  const heights = [1, 2].map((of) => {
    const value = (chart.data[of] as (number | null | undefined)[] | undefined)?.findLast(
      (one) => one != null,
    );
    return value == null ? undefined : chart.valToPos(value, 'y', true);
  });
  const [first, second] = heights;
  if (first === undefined || second === undefined) return;
  const { ctx, bbox } = chart;
  const apart = Math.max(0, LEAST_DISTANCE * devicePixelRatio - (second - first)) / 2;
  ctx.save();
  ctx.font = `600 ${13 * devicePixelRatio}px "Source Sans 3 Variable", sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.fillStyle = colors.ink;
  for (const [index, y] of [first - apart, second + apart].entries())
    ctx.fillText(parts[index] ?? '', bbox.left + bbox.width + 8 * devicePixelRatio, y);
  ctx.restore();
}
