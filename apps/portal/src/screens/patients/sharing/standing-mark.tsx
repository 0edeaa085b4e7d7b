import { Group, Text } from '@mantine/core';
import type { Standing } from './answers.ts';

const WORDS: Record<Standing, string> = {
  shared: 'Shared',
  'not-shared': 'Not shared',
  withdrawn: 'Withdrawn',
  waiting: 'Waiting for an answer',
};

/** How a question stands, in a word and a shape: a full disc, a crossed ring, a disc with a bar, a broken ring. */
export function StandingMark({ standing }: { standing: Standing }) {
  return (
    <Group gap={8} wrap="nowrap">
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" style={{ flex: 'none' }}>
        {standing === 'shared' && (
          <>
            <circle cx="8" cy="8" r="7" fill="var(--in-range)" />
            <path d="m4.7 8.3 2.3 2.3 4.3-4.8" fill="none" stroke="var(--surface)" strokeWidth="1.8" />
          </>
        )}
        {standing === 'not-shared' && (
          <g fill="none" stroke="var(--ink)" strokeWidth="1.6">
            <circle cx="8" cy="8" r="6.2" />
            <path d="m3.7 12.3 8.6-8.6" />
          </g>
        )}
        {standing === 'withdrawn' && (
          <>
            <circle cx="8" cy="8" r="7" fill="var(--ink)" />
            <path d="M4.5 8h7" fill="none" stroke="var(--surface)" strokeWidth="2" />
          </>
        )}
        {standing === 'waiting' && (
          <circle
            cx="8"
            cy="8"
            r="6.2"
            fill="none"
            stroke="var(--quiet)"
            strokeWidth="1.6"
            strokeDasharray="3.2 3.2"
          />
        )}
      </svg>
      <Text fw={standing === 'shared' ? 600 : 400}>{WORDS[standing]}</Text>
    </Group>
  );
}
