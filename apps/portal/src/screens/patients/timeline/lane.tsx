import type { Patient, Series } from '@jhe/client';
import { Group, SegmentedControl, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { FaultNotice } from '../../../shell/fault-notice.tsx';
import { isRefusal } from '../../../shell/refusals.ts';
import type { Clock } from './clock.ts';
import { LineView } from './line-view.tsx';
import { GLUCOSE } from './measures.ts';
import { notes } from './notes.ts';
import type { Range } from './range.ts';
import { useValues } from './use-series.ts';

type Props = {
  patient: Patient;
  series: Series;
  range: Range;
  unit: string | null;
  clock: Clock;
  /** Whose answer opens these readings, where it is not the patient's own: a sentence. */
  onBehalf: string | undefined;
  onUnit(unit: string): void;
  onZoom(from: number, to: number): void;
  onZoomOut(): void;
};

/** One measure on the time axis: its lines, a line for each unit that nothing brings together, and what is not drawn. */
export function Lane({ patient, series, range, unit, clock, onBehalf, onUnit, onZoom, onZoomOut }: Props) {
  const values = useValues(patient.id, { series, range, unit });
  useAskAgainWhenRefused(patient.id, values.error);
  const isGlucose = series.codingCode === GLUCOSE;
  const height = isGlucose ? 340 : 200;
  const { data } = values;

  if (values.error && !isRefusal(values.error) && !data) {
    return <FaultNotice error={values.error} onRetry={() => void values.refetch()} />;
  }
  const common = { series, range, clock, onZoom, onZoomOut, isBusy: values.isFetching };
  const isDrawable = data && (data.count > 0 || data.leftOut.withoutNumber === 0);
  return (
    <Stack className="surface" p={{ base: 'sm', sm: 'md' }} gap="md">
      {!data && <LaneTitle series={series} unit={unit} parts={[]} onUnit={onUnit} />}
      {!data && <Skeleton height={height} />}
      {data && !isDrawable && (
        <>
          <LaneTitle series={series} unit={null} parts={[]} onUnit={onUnit} />
          <NoLine count={data.leftOut.withoutNumber} />
        </>
      )}
      {data && isDrawable && (
        <LineView
          {...common}
          line={data}
          parts={data.parts}
          everyMs={data.everyMs}
          isFormer={values.isPlaceholderData}
          height={height}
          title={<LaneTitle series={series} unit={data.unit} parts={data.parts} onUnit={onUnit} />}
        />
      )}
      {data?.others.map((line) => (
        <LineView
          {...common}
          key={line.unit}
          line={line}
          parts={data.parts}
          everyMs={data.everyMs}
          isFormer={values.isPlaceholderData}
          height={160}
          title={
            <Title order={3} size="h5">
              {series.text} <Unit>{line.unit}</Unit>
            </Title>
          }
        />
      ))}
      {data && <Notes said={notes(data)} />}
      {onBehalf && (
        <Text size="sm" className="quiet">
          {onBehalf}
        </Text>
      )}
    </Stack>
  );
}

type TitleProps = {
  series: Series;
  unit: string | null;
  parts: readonly string[];
  onUnit(unit: string): void;
};

/** What it is and in which unit, with a choice where there is one. */
function LaneTitle({ series, unit, parts, onUnit }: TitleProps) {
  const said = parts.length === 2 ? `${unit} · ${parts.join(' over ').toLowerCase()}` : unit;
  return (
    <Group gap="sm" align="center">
      <Title order={2} size="h4">
        {series.text} {series.units.length < 2 && <Unit>{said}</Unit>}
      </Title>
      {series.units.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label={`Unit of ${series.text}`}
          data={[...series.units]}
          value={unit ?? ''}
          onChange={onUnit}
        />
      )}
    </Group>
  );
}

function Unit({ children }: { children: string | null }) {
  return (
    <span className="quiet" style={{ fontWeight: 400, fontSize: 15 }}>
      {children}
    </span>
  );
}

function Notes({ said }: { said: readonly string[] }) {
  if (said.length === 0) return null;
  return (
    <ul className="notes" data-testid="chart-notes">
      {said.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
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

function NoLine({ count }: { count: number }) {
  return (
    <Text className="quiet">
      {`${count.toLocaleString()} ${count === 1 ? 'record is' : 'records are'} shared between these times. They are not single numbers, so there is no line to draw; they can be read through the FHIR interface.`}
    </Text>
  );
}
