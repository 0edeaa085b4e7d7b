import type { Patient, Point, Series } from '@jhe/client';
import { Button, Group, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { FaultNotice } from '../../../shell/fault-notice.tsx';
import { Figures } from './figures.tsx';
import { nearest, SENSOR_GAP_MS, usualGap } from './gaps.ts';
import { bandOf, glucoseBands } from './glucose-bands.ts';
import type { Range } from './range.ts';
import { ReadingsTable } from './readings-table.tsx';
import { numberText, sentence, summarize } from './summary.ts';
import { timeText } from './time-text.ts';
import { GLUCOSE, isRefusal, useValues } from './use-series.ts';

const SeriesChart = lazy(() => import('./series-chart.tsx'));

type Props = {
  patient: Patient;
  series: Series;
  range: Range;
  onZoom(from: number, to: number): void;
  onZoomOut(): void;
};

const NOTHING: readonly Point[] = [];
/** The cursor catches a single event within this part of the range. */
const EVENT_REACH = 60;

/** One measure on the time axis: the reading under the cursor, the line, the figures, and the same as a table. */
export function Lane({ patient, series, range, onZoom, onZoomOut }: Props) {
  const isGlucose = series.codingCode === GLUCOSE;
  const values = useValues(patient.id, series.codeId, range);
  useAskAgainWhenRefused(patient.id, values.error);
  const [cursor, setCursor] = useState<number | null>(null);
  const [table, setTable] = useState(false);

  const points = values.data?.points ?? NOTHING;
  const unit = values.data?.unit ?? '';
  const bands = useMemo(() => (isGlucose ? glucoseBands(unit) : []), [isGlucose, unit]);
  const shown = useMemo(() => within(points, range), [points, range]);
  const gapMs = useMemo(() => (isGlucose ? SENSOR_GAP_MS : usualGap(shown)), [isGlucose, shown]);
  const summary = useMemo(() => summarize(shown, bands, range.from, range.to), [shown, bands, range]);
  const height = isGlucose ? 340 : 200;

  if (values.error && !isRefusal(values.error)) {
    return <FaultNotice error={values.error} onRetry={() => void values.refetch()} />;
  }
  const reading = readingAt(shown, cursor, gapMs || (range.to - range.from) / EVENT_REACH);
  const said = reading ? readingText(reading, unit, bandOf(bands, reading[1])?.label) : 'No reading here';
  const drawable = values.data !== undefined && (shown.length > 0 || unit !== '' || series.count === 0);
  return (
    <Stack className="surface" p={{ base: 'sm', sm: 'md' }} gap="sm">
      <Group justify="space-between" align="baseline" mih={28} gap="xs">
        <Title order={2} size="h4">
          {series.text}{' '}
          {unit && (
            <span className="quiet" style={{ fontWeight: 400, fontSize: 15 }}>
              {unit}
            </span>
          )}
        </Title>
        <Text aria-hidden="true">{shown.length > 0 && said}</Text>
      </Group>
      <figure
        style={{ margin: 0, minHeight: height }}
        data-testid={isGlucose ? 'glucose-chart' : `chart-${series.codingCode}`}
        data-points={shown.length}
        aria-label={
          summary ? sentence(series.text, unit, summary) : `${series.text}: no readings between these times`
        }
        aria-busy={values.isFetching}
      >
        {drawable ? (
          <Suspense fallback={<Skeleton height={height} />}>
            <SeriesChart
              label={series.text}
              points={shown}
              range={range}
              bands={bands}
              gapMs={gapMs}
              height={height}
              valueText={said}
              onCursor={setCursor}
              onZoom={onZoom}
              onZoomOut={onZoomOut}
            />
          </Suspense>
        ) : values.data ? (
          <NoLine series={series} />
        ) : (
          <Skeleton height={height} />
        )}
      </figure>
      {values.data && summary === null && drawable && (
        <Text className="quiet">No readings between these times.</Text>
      )}
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
              <ReadingsTable name={series.text} unit={unit} points={shown} bands={bands} />
            </section>
          ) : (
            <VisuallyHidden>
              <ReadingsTable name={series.text} unit={unit} points={shown} bands={bands} />
            </VisuallyHidden>
          )}
        </>
      )}
    </Stack>
  );
}

/** A refusal of readings means that sharing has changed: find out at once how things stand. */
function useAskAgainWhenRefused(patientId: number, error: Error | null): void {
  const queries = useQueryClient();
  const refused = isRefusal(error);
  useEffect(() => {
    if (refused) void queries.invalidateQueries({ queryKey: ['series', patientId] });
  }, [queries, refused, patientId]);
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

function readingText([at, value]: Point, unit: string, band: string | undefined): string {
  return `${numberText(value)} ${unit}${band ? ` · ${band.toLowerCase()}` : ''} · ${timeText(at)}`;
}

function NoLine({ series }: { series: Series }) {
  return (
    <Text className="quiet">
      {`${series.count.toLocaleString()} records are shared. They are not single numbers, so there is no line to draw; they can be read through the FHIR interface.`}
    </Text>
  );
}
