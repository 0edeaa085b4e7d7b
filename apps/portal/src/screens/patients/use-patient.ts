import { useQuery } from '@tanstack/react-query';
import { client } from '../../session.ts';
import { answersByStudy } from './sharing/answers.ts';

/** A patient by id. */
export function usePatient(id: number) {
  return useQuery({ queryKey: ['patient', id], queryFn: ({ signal }) => client.patient(id, signal) });
}

/** How often a page that shows readings asks whether it still may. */
export const ASK_AGAIN_MS = 10_000;

/** Options of a query about what is shared: never taken from memory, asked again while the page is looked at. */
export const always = {
  staleTime: 0,
  gcTime: 0,
  refetchInterval: ASK_AGAIN_MS,
  refetchOnWindowFocus: 'always',
} as const;

/** What studies ask of a patient and how it stands now. */
export function useAnswers(patientId: number) {
  return useQuery({
    queryKey: ['consents', patientId],
    queryFn: async ({ signal }) => {
      const [consents, history] = await Promise.all([
        client.consents(patientId, signal),
        client.consentHistory(patientId, signal),
      ]);
      return answersByStudy(consents, history.results, new Date());
    },
    ...always,
  });
}
