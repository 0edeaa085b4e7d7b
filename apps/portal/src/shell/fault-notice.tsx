import { ExchangeError } from '@jhe/client';
import { Button, Stack, Text, Title } from '@mantine/core';
import { useEffect, useEffectEvent } from 'react';
import { Link } from 'react-router';

type Props = {
  error: Error;
  onRetry?: () => void;
  /** It stands for a whole page, so it is the page's heading and shows the way on. */
  page?: boolean;
};

/** How often what could not be reached is asked for again. */
const AGAIN_MS = 10_000;

/**
 * What went wrong, in plain words, and what to do. What could not be reached is asked for again by itself. Nothing while a
 * session that ended is being renewed.
 */
export function FaultNotice({ error, onRetry, page = false }: Props) {
  const kind = error instanceof ExchangeError ? error.fault.kind : 'unavailable';
  const retry = useEffectEvent(() => onRetry?.());
  useEffect(() => {
    if (kind !== 'unavailable') return;
    const again = setInterval(retry, AGAIN_MS);
    return () => clearInterval(again);
  }, [kind]);
  if (kind === 'unauthenticated') return null;
  const [title, advice] = WORDS[kind];
  const canHelp = kind !== 'forbidden' && kind !== 'not-found';
  return (
    <Stack className="surface" p={{ base: 'md', sm: 'xl' }} gap="xs" align="flex-start" role="alert">
      <Title order={page ? 1 : 2} size="h4">
        {title}
      </Title>
      <Text className="quiet" maw={560}>
        {advice}
      </Text>
      {onRetry && canHelp && (
        <Button variant="light" mt="xs" onClick={onRetry}>
          Try again
        </Button>
      )}
      {page && !canHelp && (
        <Button component={Link} to="/patients" variant="light" mt="xs">
          Go to patients
        </Button>
      )}
    </Stack>
  );
}

const WORDS = {
  forbidden: [
    'This is not open to you',
    'You can see what belongs to your own organizations. A manager of the organization can make you a member.',
  ],
  'not-found': [
    'This is not here',
    'It does not exist, or it belongs to an organization that you are not a member of.',
  ],
  conflict: ['This cannot be done as things are now', 'Load the page again to see how things stand.'],
  invalid: ['The exchange did not understand this address', 'Go back and choose again.'],
  'too-many': ['Too many requests at once', 'Wait a minute, then try again.'],
  unavailable: [
    'The exchange cannot be reached',
    'It is asked again every few seconds. Check the network connection; if others have the same trouble, tell the people who run it.',
  ],
} as const;
