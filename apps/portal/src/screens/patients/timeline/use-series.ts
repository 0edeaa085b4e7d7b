import type { PatientConsents, Series, SeriesValues, TimeRange } from '@jhe/client';
import { queryOptions, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { client } from '../../../session.ts';
import { isRefusal } from '../../../shell/refusals.ts';
import { answersByStudy } from '../sharing/answers.ts';
import { always } from '../use-patient.ts';
import { type Changes, type Clock, patientClock, readerClock } from './clock.ts';
import { glucoseBands } from './glucose-bands.ts';
import { GLUCOSE, toMeasures } from './measures.ts';

/**
 * What can be read of a patient now and how each question stands, asked together and again every ten seconds while the page
 * is looked at. Readings of a series that is gone from the answer, or of all when the answer is a refusal, are forgotten at
 * once.
 */
export function useMeasures(patientId: number) {
  const queries = useQueryClient();
  const found = useQuery({
    queryKey: ['series', patientId],
    queryFn: async ({ signal }) => {
      const [series, consents, history] = await Promise.all([
        client.series(patientId, signal),
        client.consents(patientId, signal).catch(nothingIfRefused),
        client.consentHistory(patientId, signal).catch(nothingIfRefused),
      ]);
      return {
        series,
        studies: answersByStudy(consents ?? NO_CONSENTS, history?.results ?? [], new Date()),
      };
    },
    ...always,
  });
  const isRefused = isRefusal(found.error);
  const ids = isRefused ? '' : found.data?.series.map(({ codeId }) => codeId).join();
  useEffect(() => {
    if (ids === undefined) return;
    const still = new Set(ids.split(',').map(Number));
    queries.removeQueries({
      predicate: ({ queryKey: [kind, patient, codeId] }) =>
        kind === 'values' && patient === patientId && !still.has(codeId as number),
    });
  }, [queries, ids, patientId]);

  const measures = useMemo(
    () => (isRefused ? toMeasures([], []) : found.data && toMeasures(found.data.series, found.data.studies)),
    [isRefused, found.data],
  );
  return {
    measures,
    studies: found.data?.studies ?? [],
    error: measures === undefined ? found.error : null,
    /** Since when the answer could not be renewed (epoch ms); null while all is well. */
    staleSince: measures !== undefined && found.error && !isRefused ? found.dataUpdatedAt : null,
    refetch: found.refetch,
  };
}

const NO_CONSENTS = { studies: [], studiesPendingConsent: [] } as unknown as PatientConsents;

/** Readings may be open to somebody who is not told what was asked. */
function nothingIfRefused(error: Error): undefined {
  if (!isRefusal(error)) throw error;
}

/** The unit that a series is drawn in: the first of its units that the address asks for (`?units=mmol/L.F`), or its own. */
export function unitOf({ unit, units }: Series, wish: string | null): string | null {
  const wished = wish?.split('.') ?? [];
  return units.find((one) => wished.includes(one)) ?? unit;
}

export type Shown = Readonly<{ series: Series; range: TimeRange; unit: string | null }>;

/** The readings of a series in a range. While another range is fetched the former stays on screen, never another series. */
function valuesQuery(patientId: number, { series, range: { from, to }, unit }: Shown) {
  const { codeId, codingCode } = series;
  const bands = codingCode === GLUCOSE ? glucoseBands(unit) : [];
  return queryOptions({
    queryKey: ['values', patientId, codeId, from, to, unit],
    queryFn: ({ signal }): Promise<SeriesValues> =>
      client.seriesValues(
        patientId,
        codeId,
        {
          from,
          // The last reading lies at the end of the range and belongs to it.
          to: to + 1,
          unit: unit ?? undefined,
          limits: bands.slice(1).map((band) => band.from),
        },
        signal,
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    placeholderData: (former, query) =>
      query?.queryKey[1] === patientId && query.queryKey[2] === codeId && query.queryKey[5] === unit
        ? former
        : undefined,
  });
}

export const useValues = (patientId: number, shown: Shown) => useQuery(valuesQuery(patientId, shown));

/**
 * On whose clock the lanes on screen are drawn: the patient's, as the series says it that begins first between these times, or
 * at its last reading; else the reader's.
 */
export function useClock(patientId: number, lanes: readonly Shown[]): Clock {
  const said = useQueries({
    queries: lanes.map((lane) => valuesQuery(patientId, lane)),
    combine: (results): Changes =>
      results
        .map(({ data }) => data?.clock ?? [])
        .filter(({ length }) => length > 0)
        .sort((a, b) => (a[0]?.[0] ?? 0) - (b[0]?.[0] ?? 0))[0] ?? [],
  });
  const offset = lanes.find(({ series }) => series.lastReading?.offsetMinutes != null)?.series.lastReading
    ?.offsetMinutes;
  return useMemo(
    () => patientClock(said) ?? (offset == null ? readerClock : patientClock([[0, offset]])!),
    [said, offset],
  );
}
