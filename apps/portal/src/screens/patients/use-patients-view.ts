import { useSearchParams } from 'react-router';
import type { PatientsView } from './use-patients.ts';

/** What the list shows, kept in the address: `?organization=&study=&q=&page=`. Any other change goes to page 1. */
export function usePatientsView(): [PatientsView, (change: Partial<PatientsView>) => void] {
  const [query, setQuery] = useSearchParams();
  const number = (name: string) => Number(query.get(name)) || undefined;
  const view: PatientsView = {
    organizationId: number('organization'),
    studyId: number('study'),
    search: query.get('q')?.trim() ?? '',
    page: number('page') ?? 1,
  };
  const change = (changed: Partial<PatientsView>) => {
    const { organizationId, studyId, search, page } = { ...view, page: 1, ...changed };
    const next = new URLSearchParams();
    if (organizationId !== undefined) next.set('organization', String(organizationId));
    if (studyId !== undefined) next.set('study', String(studyId));
    if (search !== '') next.set('q', search);
    if (page > 1) next.set('page', String(page));
    // Typing should not fill the history with every letter.
    setQuery(next, { replace: 'search' in changed });
  };
  return [view, change];
}
