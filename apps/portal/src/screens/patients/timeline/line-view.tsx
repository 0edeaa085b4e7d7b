import type { Point, Series, SeriesLine } from '@jhe/client';
import { Button, Group, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import type { Clock } from './clock.ts';
import { Figures } from './figures.tsx';
import { nearest, SENSOR_GAP_MS, usualGap } from './gaps.ts';
import { bandOf, glucoseBands } from './glucose-bands.ts';
import { GLUCOSE } from './measures.ts';
import type { Range } from './range.ts';
import { ReadingsTable } from './readings-table.tsx';
import { sentence, summarize, summarizeDays, valueText } from './summary.ts';
import { timeText } from './time-text.ts';

const loadChart = () => import('./series-chart.tsx');
const SeriesChart = lazy(loadChart);

/** Fetches what draws, before it is needed: a page that is open goes on without a network. */
export const prepareChart = () => void loadChart().catch(() => undefined);

type Props = {
  series: Series;
  line: SeriesLine;
  /** What the two numbers of a reading are called; empty where it has one. */
  parts: readonly string[];
  /** Of each so many milliseconds the lowest and highest reading is there; null: every reading. */
  everyMs: number | null;
  /** The line is still that of another range. */
  isFormer: boolean;
  isBusy: boolean;
  range: Range;
  clock: Clock;
  height: number;
  title: ReactNode;
  onZoom(from: number, to: number): void;
  onZoomOut(): void;
};

/** The cursor catches a single event within this part of the range. */
const EVENT_REACH = 60;

/** Readings in one unit: the one under the cursor, the line, the figures, and the same as a table. */
export function LineView(props: Props) {
  const { series, line, parts, everyMs, isFormer, isBusy, range, clock, height, title } = props;
  const isGlucose = series.codingCode === GLUCOSE;
  const [cursor, setCursor] = useState<number | null>(null);
  const [table, setTable] = useState(false);

  const unit = line.unit ?? '';
  const bands = useMemo(() => (isGlucose ? glucoseBands(unit) : []), [isGlucose, unit]);
  const shown = useMemo(() => within(line.points, range), [line.points, range]);
  const gapMs = useMemo(() => {
    const usual = isGlucose ? SENSOR_GAP_MS : usualGap(shown);
    // Thinned points stand for the stretch around them; a gap is a stretch without any.
    return everyMs === null ? usual : Math.max(usual, 2 * everyMs);
  }, [isGlucose, shown, everyMs]);
  const summary = useMemo(() => {
    if (line.days === null) return summarize(shown, bands, range.from, range.to);
    return isFormer ? null : summarizeDays(line.days, bands, range.from, range.to);
  }, [line.days, isFormer, shown, bands, range]);

  const reading = readingAt(shown, cursor, gapMs || (range.to - range.from) / EVENT_REACH);
  const band = reading && bandOf(bands, reading[1])?.label.toLowerCase();
  const said = reading
    ? `${valueText(reading[1], reading[2])} ${unit}${band ? ` · ${band}` : ''} · ${timeText(clock, reading[0])}`
    : 'No reading here';
  const tableOf = (
    <ReadingsTable
      name={series.text}
      unit={unit}
      parts={parts}
      points={shown}
      days={line.days}
      bands={bands}
      clock={clock}
    />
  );
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="center" mih={30} gap="xs">
        {title}
        <Text aria-hidden="true">{shown.length > 0 && said}</Text>
      </Group>
      <figure
        style={{ margin: 0, minHeight: height }}
        data-testid={isGlucose ? 'glucose-chart' : `chart-${series.codingCode}`}
        data-points={shown.length}
        aria-label={
          summary ? sentence(series.text, unit, summary) : `${series.text}: no readings between these times`
        }
        aria-busy={isBusy}
      >
        <Suspense fallback={<Skeleton height={height} />}>
          <SeriesChart
            label={series.text}
            points={shown}
            parts={parts}
            range={range}
            clock={clock}
            bands={bands}
            gapMs={gapMs}
            height={height}
            valueText={said}
            onCursor={setCursor}
            onZoom={props.onZoom}
            onZoomOut={props.onZoomOut}
          />
        </Suspense>
      </figure>
      {shown.length === 0 && !isFormer && <Text className="quiet">No readings between these times.</Text>}
      {summary && <Figures summary={summary} unit={unit} bands={bands} />}
      {summary && (
        <>
          <Button
            className="no-print"
            variant="subtle"
            size="compact-sm"
            ml={-8}
            style={{ alignSelf: 'flex-start' }}
            aria-expanded={table}
            onClick={() => setTable(!table)}
          >
            {table ? 'Hide the table' : 'Show as a table'}
          </Button>
          {table ? (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
            <section className="scrolled" aria-label={`${series.text} as a table`} tabIndex={0}>
              {tableOf}
            </section>
          ) : (
            <VisuallyHidden>{tableOf}</VisuallyHidden>
          )}
        </>
      )}
    </Stack>
  );
}

/** Readings on screen. While another range is fetched, those of the former lie partly beyond it. */
function within(points: readonly Point[], { from, to }: Range): readonly Point[] {
  return points.filter(([at]) => at >= from && at <= to);
}

/** The reading at the cursor, or the last one without a cursor; none where the nearest is across a gap. */
function readingAt(points: readonly Point[], cursor: number | null, reachMs: number): Point | undefined {
  if (cursor === null) return points.at(-1);
  const found = points[nearest(points, cursor)];
  return found && Math.abs(found[0] - cursor) <= reachMs ? found : undefined;
}
