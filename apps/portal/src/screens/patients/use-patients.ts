import type { Patient } from '@jhe/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { client } from '../../session.ts';
import { matches } from './person.ts';

export const PAGE_SIZE = 25;
/** A search reads the whole filtered list, which the API serves in pages of a thousand. */
const SEARCH_PAGE_SIZE = 1000;
const SEARCH_PAGES_AT_MOST = 5;

export type PatientsView = Readonly<{
  organizationId: number | undefined;
  studyId: number | undefined;
  search: string;
  /** From 1. */
  page: number;
}>;

export type PatientsFound = Readonly<{ count: number; patients: readonly Patient[] }>;

/** The patients of a view. The API does not search by name, so that is done here, over everything the filter lets through. */
export function usePatients({ organizationId, studyId, search, page }: PatientsView) {
  const whole = search !== '';
  return useQuery({
    queryKey: ['patients', organizationId, studyId, whole ? 'all' : page],
    queryFn: async ({ signal }): Promise<PatientsFound> => {
      const filter = { organizationId, studyId };
      if (!whole) {
        const { count, results } = await client.patients({ ...filter, page, pageSize: PAGE_SIZE }, signal);
        return { count, patients: results };
      }
      const patients: Patient[] = [];
      for (let part = 1; part <= SEARCH_PAGES_AT_MOST; part++) {
        const found = await client.patients({ ...filter, page: part, pageSize: SEARCH_PAGE_SIZE }, signal);
        patients.push(...found.results);
        if (found.next === null) break;
      }
      return { count: patients.length, patients };
    },
    placeholderData: keepPreviousData,
    select: ({ count, patients }) => {
      if (!whole) return { count, patients };
      const found = patients.filter((patient) => matches(patient, search));
      return { count: found.length, patients: found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE) };
    },
  });
}
