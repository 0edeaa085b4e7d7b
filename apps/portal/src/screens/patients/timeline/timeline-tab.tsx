import type { Patient } from '@jhe/client';
import { Skeleton, Stack } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import { useOutletContext, useSearchParams } from 'react-router';
import { FaultNotice } from '../../../shell/fault-notice.tsx';
import { StaleNotice } from '../../../shell/stale-notice.tsx';
import { usePatientSelf } from '../../../shell/use-profile.ts';
import { groundText } from '../sharing/ground.ts';
import { useNames } from '../sharing/use-names.ts';
import { Lane } from './lane.tsx';
import { prepareChart } from './line-view.tsx';
import { MeasureSwitch } from './measure-switch.tsx';
import { chosenMeasures } from './measures.ts';
import { NothingHere } from './nothing-here.tsx';
import { rangeOf, withoutZoom, withPreset, withZoom } from './range.ts';
import { RangeBar } from './range-bar.tsx';
import { type Shown, unitOf, useClock, useMeasures } from './use-series.ts';

const NONE = [] as const;

/**
 * A patient's readings as lanes on one time axis, on the patient's clock. What is on screen is in the address:
 * `?measures=&range=&from=&to=&units=`.
 */
export function TimelineTab() {
  const patient = useOutletContext<Patient>();
  const isSelf = usePatientSelf() === patient.id;
  const { measures, studies, error, staleSince, refetch } = useMeasures(patient.id);
  const names = useNames(studies);
  const [query, setQuery] = useSearchParams();
  useEffect(prepareChart, []);

  const chosen = chosenMeasures(measures ?? NONE, query.get('measures'));
  const series = chosen.flatMap((measure) => measure.series ?? []);
  const first = Math.min(
    ...series.map(({ firstEffective }) => Date.parse(firstEffective ?? '') || Date.now()),
  );
  // Readings without a time have no last one.
  const last =
    Math.max(...series.map(({ lastReading }) => Date.parse(lastReading?.time ?? '') || 0)) || Date.now();
  const lastArrival = Math.max(...series.map((one) => Date.parse(one.lastArrival ?? '') || 0)) || null;
  const isDated = series.some(({ lastReading }) => lastReading !== null);
  const range = useMemo(() => rangeOf(query, first, last), [query, first, last]);
  const shown = series.map((one): Shown => ({ series: one, range, unit: unitOf(one, query.get('units')) }));
  const clock = useClock(patient.id, shown);

  if (error) return <FaultNotice error={error} onRetry={() => void refetch()} />;
  if (!measures) return <Skeleton height={460} radius={12} />;
  const stale = <StaleNotice since={staleSince} />;
  if (!measures.some(({ openness }) => openness === 'readable' || openness === 'empty')) {
    return (
      <Stack gap="md">
        {stale}
        <NothingHere patient={patient} measures={measures} />
      </Stack>
    );
  }
  const zoom = (from: number, to: number) => setQuery(withZoom(query, from, to));
  const zoomOut = () => setQuery(withoutZoom(query));
  const change = (name: string, value: string) => {
    const next = new URLSearchParams(query);
    next.set(name, value);
    setQuery(next);
  };
  return (
    <Stack gap="md">
      {stale}
      <MeasureSwitch
        measures={measures}
        chosen={chosen.map(({ code }) => code.id)}
        onChoose={(ids) => change('measures', ids.join('.'))}
      />
      {isDated && (
        <RangeBar
          range={range}
          last={last}
          lastArrival={lastArrival}
          clock={clock}
          isSelf={isSelf}
          onPreset={(key) => setQuery(withPreset(query, key))}
          onZoom={zoom}
          onZoomOut={zoomOut}
        />
      )}
      {chosen.map((measure) => {
        const { series: readable, onBehalf } = measure;
        const key = `${patient.id} ${measure.code.id}`;
        if (!readable)
          return <NothingHere key={key} patient={patient} measures={measures} measure={measure} />;
        const others = (query.get('units') ?? '').split('.').filter((unit) => !readable.units.includes(unit));
        return (
          <Lane
            key={key}
            patient={patient}
            series={readable}
            range={range}
            unit={unitOf(readable, query.get('units'))}
            clock={clock}
            onBehalf={
              onBehalf
                ? `Not the patient’s own answer: ${groundText(onBehalf.answer, onBehalf.study.organization.name, names)}.`
                : undefined
            }
            onUnit={(unit) => change('units', [...others.filter(Boolean), unit].join('.'))}
            onZoom={zoom}
            onZoomOut={zoomOut}
          />
        );
      })}
    </Stack>
  );
}
