import type { Patient } from '@jhe/client';
import { Alert, Skeleton, Stack } from '@mantine/core';
import { useMemo } from 'react';
import { useOutletContext, useSearchParams } from 'react-router';
import { FaultNotice } from '../../../shell/fault-notice.tsx';
import { Lane } from './lane.tsx';
import { MeasureSwitch } from './measure-switch.tsx';
import { NothingHere } from './nothing-here.tsx';
import { rangeOf, withoutZoom, withPreset, withZoom } from './range.ts';
import { RangeBar } from './range-bar.tsx';
import { timeText } from './time-text.ts';
import { GLUCOSE, type Measure, useMeasures } from './use-series.ts';

/** A patient's readings as lanes on one time axis. What is on screen is in the address: `?measures=&range=&from=&to=`. */
export function TimelineTab() {
  const patient = useOutletContext<Patient>();
  const { measures, waiting, error, staleSince, refetch } = useMeasures(patient.id);
  const [query, setQuery] = useSearchParams();
  const chosen = chosenMeasures(measures ?? [], query.get('measures'));
  const series = chosen.flatMap((measure) => measure.series ?? []);
  const first = Math.min(
    ...series.map(({ firstEffective }) => Date.parse(firstEffective ?? '') || Date.now()),
  );
  const last = Math.max(...series.map(({ lastEffective }) => Date.parse(lastEffective ?? '') || 0));
  const lastArrival = Math.max(...series.map((one) => Date.parse(one.lastArrival ?? '') || 0)) || null;
  const range = useMemo(() => rangeOf(query, first, last), [query, first, last]);

  if (error) return <FaultNotice error={error} onRetry={() => void refetch()} />;
  if (!measures || waiting) return <Skeleton height={460} radius={12} />;
  if (!measures.some(({ series: readable, shared }) => readable || shared)) {
    return <NothingHere patient={patient} measure={null} />;
  }
  const zoom = (from: number, to: number) => setQuery(withZoom(query, from, to));
  const zoomOut = () => setQuery(withoutZoom(query));
  return (
    <Stack gap="md">
      {staleSince !== null && (
        <Alert color="orange" title="The exchange cannot be reached">
          This is how things stood at {timeText(staleSince)}. It is asked again every few seconds.
        </Alert>
      )}
      <MeasureSwitch
        measures={measures}
        chosen={chosen.map(({ code }) => code.id)}
        onChoose={(ids) => {
          const next = new URLSearchParams(query);
          next.set('measures', ids.join('.'));
          setQuery(next);
        }}
      />
      {series.length > 0 && (
        <RangeBar
          range={range}
          last={last}
          lastArrival={lastArrival}
          onPreset={(key) => setQuery(withPreset(query, key))}
          onZoom={zoom}
          onZoomOut={zoomOut}
        />
      )}
      {chosen.map((measure) =>
        measure.series ? (
          <Lane
            key={`${patient.id} ${measure.code.id}`}
            patient={patient}
            series={measure.series}
            range={range}
            onZoom={zoom}
            onZoomOut={zoomOut}
          />
        ) : (
          <NothingHere key={`${patient.id} ${measure.code.id}`} patient={patient} measure={measure} />
        ),
      )}
    </Stack>
  );
}

/**
 * The measures an address asks for (`50001.50004`). Without a wish: glucose, even while it is not shared, because its
 * absence is an answer too; and then also the first that can be read.
 */
function chosenMeasures(measures: readonly Measure[], wish: string | null): readonly Measure[] {
  const ids = wish?.split('.').map(Number) ?? [];
  const wished = measures.filter(({ code }) => ids.includes(code.id));
  if (wished.length > 0) return wished;
  const glucose = measures.find(({ code }) => code.codingCode === GLUCOSE);
  const readable = measures.find(({ series }) => series);
  if (glucose) return glucose.series || !readable ? [glucose] : [glucose, readable];
  return readable ? [readable] : measures.slice(0, 1);
}
