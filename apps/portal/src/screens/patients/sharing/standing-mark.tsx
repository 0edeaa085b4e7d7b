import { Group, Text } from '@mantine/core';
import type { Source, Standing } from './answers.ts';
import { standingText } from './standing-words.ts';

/**
 * How a question stands, in a word and a shape: a full disc where readings are shared, a crossed ring, a disc with a bar, a
 * broken ring; a check in a broken ring for a yes that waits, in a ring for one that stopped, clock hands for one that ended. What somebody
 * else than the patient answered has a corner, as a paper has, and says so.
 */
export function StandingMark({ standing, source }: { standing: Standing; source: Source | null }) {
  const isOwn = source === null || source === 'patient';
  return (
    <Group gap={8} wrap="nowrap" align="flex-start">
      <svg
        width="16"
        height="16"
        viewBox="0 0 16 16"
        aria-hidden="true"
        style={{ flex: 'none', marginTop: 4 }}
      >
        {standing === 'shared' && !isOwn && (
          <g fill="none" stroke="var(--in-range)" strokeWidth="1.6" strokeLinejoin="round">
            <path d="M2.8 1.8h7.4l3 3v9.4H2.8z" />
            <path d="m5 8.6 2.1 2.1 3.9-4.4" />
          </g>
        )}
        {standing === 'shared' && isOwn && (
          <>
            <circle cx="8" cy="8" r="7" fill="var(--in-range)" />
            <path d="m4.7 8.3 2.3 2.3 4.3-4.8" fill="none" stroke="var(--surface)" strokeWidth="1.8" />
          </>
        )}
        {(standing === 'unconfirmed' || standing === 'stopped') && (
          <g fill="none" stroke="var(--ink)" strokeWidth="1.6">
            <circle
              cx="8"
              cy="8"
              r="6.2"
              {...(standing === 'unconfirmed' && { strokeDasharray: '3.2 3.2', stroke: 'var(--quiet)' })}
            />
            <path d="m5 8.2 2.1 2.1 3.9-4.4" />
          </g>
        )}
        {standing === 'ended' && (
          <g fill="none" stroke="var(--ink)" strokeWidth="1.6">
            <circle cx="8" cy="8" r="6.2" />
            <path d="M8 4.2V8l2.6 1.8" />
          </g>
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
      <Text fw={standing === 'shared' && isOwn ? 600 : 400}>{standingText(standing, source)}</Text>
    </Group>
  );
}
