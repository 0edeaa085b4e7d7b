import type uPlot from 'uplot';
import type { ChartColors } from './chart-colors.ts';
import type { Band } from './glucose-bands.ts';

/**
 * Paints the clinical bands behind the line: the range is tinted, the extremes are hatched, each border is a line and
 * each band is named, so that no meaning hangs on colour alone.
 */
export function drawBands(chart: uPlot, bands: readonly Band[], colors: ChartColors): void {
  if (bands.length === 0) return;
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  const y = (value: number) =>
    Number.isFinite(value) ? Math.min(bottom, Math.max(bbox.top, chart.valToPos(value, 'y', true))) : bottom;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [index, band] of bands.entries()) {
    const next = bands[index + 1];
    const [low, high] = [y(band.from), next ? y(next.from) : bbox.top];
    if (band.name === 'in-range') {
      ctx.fillStyle = colors['range-band'];
      ctx.fillRect(bbox.left, high, bbox.width, low - high);
    }
    const extreme = band.name === 'very-low' || band.name === 'very-high';
    if (extreme) hatch(ctx, bbox.left, high, bbox.width, low - high, colors.line, ratio);
    if (index > 0) {
      ctx.strokeStyle = colors.quiet;
      ctx.globalAlpha = 0.6;
      ctx.lineWidth = ratio;
      ctx.setLineDash(band.name === 'low' || band.name === 'very-high' ? [4 * ratio, 4 * ratio] : []);
      ctx.beginPath();
      ctx.moveTo(bbox.left, low);
      ctx.lineTo(bbox.left + bbox.width, low);
      ctx.stroke();
      ctx.globalAlpha = 1;
    }
  }
  ctx.restore();
}

function hatch(
  ctx: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  color: string,
  ratio: number,
): void {
  if (height <= 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.strokeStyle = color;
  ctx.lineWidth = ratio;
  ctx.setLineDash([]);
  ctx.beginPath();
  for (let x = left - height; x < left + width; x += 10 * ratio) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

/**
 * Room at the right of a chart for the bands' names, in CSS pixels; none on a narrow one, where they lie on the line.
 * Charts without bands leave it too, so that lanes share one time axis.
 */
export const namesRoom = (chartWidth: number): number => (chartWidth >= 560 ? 72 : 0);

/** Names each band at the right, beside the line, or over it on a ground of its own where there is no room. */
export function drawBandNames(chart: uPlot, bands: readonly Band[], colors: ChartColors): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  const beside = namesRoom(chart.width) > 0;
  const x = bbox.left + bbox.width + (beside ? 8 : -6) * ratio;
  ctx.save();
  ctx.font = `600 ${13 * ratio}px "Source Sans 3 Variable", sans-serif`;
  ctx.textAlign = beside ? 'left' : 'right';
  ctx.textBaseline = 'middle';
  for (const [index, band] of bands.entries()) {
    const next = bands[index + 1];
    const low = Number.isFinite(band.from) ? Math.min(bottom, chart.valToPos(band.from, 'y', true)) : bottom;
    const high = Math.max(bbox.top, next ? chart.valToPos(next.from, 'y', true) : bbox.top);
    if (low - high < 11 * ratio) continue;
    const middle = (low + high) / 2;
    if (!beside) {
      const width = ctx.measureText(band.label).width;
      ctx.globalAlpha = 0.85;
      ctx.fillStyle = band.name === 'in-range' ? colors['range-band'] : colors.surface;
      ctx.fillRect(x - width - 4 * ratio, middle - 7 * ratio, width + 8 * ratio, 14 * ratio);
      ctx.globalAlpha = 1;
    }
    ctx.fillStyle = colors[band.name];
    ctx.fillText(band.label, x, middle);
  }
  ctx.restore();
}

/** The line's colour: each band its own, by height. */
export function bandStroke(
  chart: uPlot,
  bands: readonly Band[],
  colors: ChartColors,
): CanvasGradient | string {
  const { min, max } = chart.scales.y ?? {};
  if (bands.length === 0 || typeof min !== 'number' || typeof max !== 'number') return colors.accent;
  const { ctx, bbox } = chart;
  const gradient = ctx.createLinearGradient(0, bbox.top + bbox.height, 0, bbox.top);
  const share = (value: number) => Math.min(1, Math.max(0, (value - min) / (max - min)));
  for (const [index, band] of bands.entries()) {
    gradient.addColorStop(share(band.from), colors[band.name]);
    gradient.addColorStop(share(bands[index + 1]?.from ?? max), colors[band.name]);
  }
  return gradient;
}
