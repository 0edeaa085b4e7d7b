import { Group, Kbd, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { client } from '../../session.ts';
import { SearchIcon } from '../../shell/icons.tsx';
import type { PatientsView } from './use-patients.ts';

type Props = { view: PatientsView; onChange(change: Partial<PatientsView>): void };

/** Whose patients, and which of them. `/` goes to the search box from anywhere on the page. */
export function PatientsFilter({ view, onChange }: Props) {
  const organizations = useQuery({
    queryKey: ['own-organizations'],
    queryFn: ({ signal }) => client.ownOrganizations(signal),
  });
  const studies = useQuery({
    queryKey: ['studies', view.organizationId],
    queryFn: ({ signal }) => client.studies({ organizationId: view.organizationId }, signal),
  });
  return (
    <Group gap="sm" align="flex-end" className="no-print">
      <SearchBox search={view.search} onSearch={(search) => onChange({ search })} />
      <Select
        label="Organization"
        placeholder="All of mine"
        clearable
        searchable={(organizations.data?.length ?? 0) > 8}
        w={{ base: '100%', xs: 240 }}
        value={view.organizationId === undefined ? null : String(view.organizationId)}
        data={(organizations.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        clearButtonProps={{ 'aria-label': 'All organizations' }}
        onChange={(id) =>
          onChange({ organizationId: id === null ? undefined : Number(id), studyId: undefined })
        }
      />
      <Select
        label="Study"
        placeholder="All"
        clearable
        searchable={(studies.data?.results.length ?? 0) > 8}
        w={{ base: '100%', xs: 260 }}
        value={view.studyId === undefined ? null : String(view.studyId)}
        data={(studies.data?.results ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        clearButtonProps={{ 'aria-label': 'All studies' }}
        onChange={(id) => onChange({ studyId: id === null ? undefined : Number(id) })}
      />
    </Group>
  );
}

/** How long nothing is typed before the server is asked: each search leaves a line with whom it shows. */
const SETTLED_MS = 300;

function SearchBox({ search, onSearch }: { search: string; onSearch(search: string): void }) {
  const [text, setText] = useState(search);
  const asked = useRef(search);
  const ask = useDebouncedCallback(
    (words: string) => {
      asked.current = words;
      onSearch(words);
    },
    { delay: SETTLED_MS },
  );
  const box = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => box.current?.focus()]]);
  // The address can change under us: a link, the back button. What was asked for here is typed already, or overtaken.
  useEffect(() => {
    if (search === asked.current) return;
    asked.current = search;
    setText(search);
  }, [search]);
  return (
    <TextInput
      ref={box}
      label="Search"
      type="search"
      placeholder="Name, e-mail or identifier"
      w={{ base: '100%', xs: 300 }}
      leftSection={<SearchIcon />}
      rightSection={text === '' ? <Kbd aria-hidden="true">/</Kbd> : undefined}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        ask(currentTarget.value.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') ask.flush();
        if (event.key === 'Escape') event.currentTarget.blur();
        if (event.key === 'ArrowDown') document.querySelector<HTMLElement>('.people tbody a')?.focus();
      }}
    />
  );
}
