import { type Code, ExchangeError, type Series, type TimeRange } from '@jhe/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { client } from '../../../session.ts';
import type { Answer } from '../sharing/answers.ts';
import { always, useAnswers } from '../use-patient.ts';

export const GLUCOSE = 'omh:blood-glucose:4.0';

/** A kind of data of a patient: readable now when it has a series; asked for, and perhaps shared, otherwise. */
export type Measure = Readonly<{ code: Code; series: Series | null; shared: boolean }>;

/**
 * What can be read of a patient now, asked again every ten seconds while the page is looked at. Readings of a series
 * that is gone from the answer, or of all when the answer is a refusal, are forgotten at once.
 */
export function useMeasures(patientId: number) {
  const queries = useQueryClient();
  const series = useQuery({
    queryKey: ['series', patientId],
    queryFn: ({ signal }) => client.series(patientId, signal),
    ...always,
  });
  const answers = useAnswers(patientId);
  const readable = isRefusal(series.error) ? [] : series.data;
  const ids = readable?.map(({ codeId }) => codeId).join();
  useEffect(() => {
    if (ids === undefined) return;
    const still = new Set(ids.split(',').map(Number));
    queries.removeQueries({
      predicate: ({ queryKey: [kind, patient, codeId] }) =>
        kind === 'values' && patient === patientId && !still.has(codeId as number),
    });
    void queries.invalidateQueries({ queryKey: ['consents', patientId] });
  }, [queries, ids, patientId]);

  const asked = (answers.data ?? []).flatMap((study) => study.answers);
  return {
    measures: readable && toMeasures(readable, asked),
    waiting: readable === undefined || answers.isPending,
    error: readable === undefined ? series.error : null,
    /** Since when the answer could not be renewed (epoch ms); null while all is well. */
    staleSince:
      readable !== undefined && series.error && !isRefusal(series.error) ? series.dataUpdatedAt : null,
    refetch: series.refetch,
  };
}

/** True when an answer came and it was no. */
export function isRefusal(error: Error | null): boolean {
  return (
    error instanceof ExchangeError && (error.fault.kind === 'forbidden' || error.fault.kind === 'not-found')
  );
}

/** Glucose first, then by name; what is asked for but not readable stands beside what is. */
function toMeasures(series: readonly Series[], asked: readonly Answer[]): Measure[] {
  const measures = new Map<number, Measure>();
  for (const { code, standing } of asked) {
    const shared = standing === 'shared' || measures.get(code.id)?.shared === true;
    measures.set(code.id, { code, series: null, shared });
  }
  for (const one of series) {
    const { codeId: id, codingSystem, codingCode, text } = one;
    measures.set(id, { code: { id, codingSystem, codingCode, text }, series: one, shared: true });
  }
  const rank = ({ code }: Measure) => (code.codingCode === GLUCOSE ? 0 : 1);
  return [...measures.values()].sort((a, b) => rank(a) - rank(b) || a.code.text.localeCompare(b.code.text));
}

/** The readings of a series in a range. While another range is fetched the former stays on screen, never another series. */
export function useValues(patientId: number, codeId: number, { from, to }: TimeRange) {
  return useQuery({
    queryKey: ['values', patientId, codeId, from, to],
    // The last reading lies at the end of the range and belongs to it.
    queryFn: ({ signal }) => client.seriesValues(patientId, codeId, { from, to: to + 1 }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    placeholderData: (former, query) =>
      query?.queryKey[1] === patientId && query.queryKey[2] === codeId ? former : undefined,
  });
}
