import type { Patient } from '@jhe/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { client } from '../../session.ts';

export const PAGE_SIZE = 25;

export type PatientsView = Readonly<{
  organizationId: number | undefined;
  studyId: number | undefined;
  search: string;
  /** From 1. */
  page: number;
}>;

export type PatientsFound = Readonly<{ count: number; patients: readonly Patient[] }>;

/** A page of the patients of a view: searched and counted by the server, so that nobody is left out. */
export function usePatients({ organizationId, studyId, search, page }: PatientsView) {
  return useQuery({
    queryKey: ['patients', organizationId, studyId, search, page],
    queryFn: async ({ signal }): Promise<PatientsFound> => {
      const { count, results } = await client.patients(
        { organizationId, studyId, search, page, pageSize: PAGE_SIZE },
        signal,
      );
      return { count, patients: results };
    },
    placeholderData: keepPreviousData,
  });
}
