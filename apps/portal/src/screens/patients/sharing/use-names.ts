import { useQueries } from '@tanstack/react-query';
import { client } from '../../../session.ts';
import { usePatientSelf } from '../../../shell/use-profile.ts';
import type { StudyAnswers } from './answers.ts';
import { type Names, namesOf } from './ground.ts';

/**
 * The names of those who recorded answers, as far as they are in sight: the people of the studies' organizations, asked
 * for only where staff recorded something, and never by the patient, who does not see them.
 */
export function useNames(studies: readonly StudyAnswers[]): Names {
  const isSelf = usePatientSelf() !== undefined;
  const organizationIds = new Set(
    studies
      .filter(({ answers }) => answers.some(({ source }) => source === 'staff'))
      .map(({ study }) => study.organization.id),
  );
  return useQueries({
    queries: (isSelf ? [] : [...organizationIds]).map((id) => ({
      queryKey: ['organization-members', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => client.organizationMembers(id, signal),
      retry: false,
    })),
    combine: (results) => new Map(results.flatMap(({ data }) => [...namesOf(data ?? [])])),
  });
}
