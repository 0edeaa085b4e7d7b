import { Button, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

type Props = {
  title: string;
  children: ReactNode;
  /** Where the next step is, when it is in the portal. */
  next?: { label: string; to: string };
  testId?: string;
  /** It stands for a whole page, so it is the page's heading. */
  page?: boolean;
};

/** Says that there is nothing, why, and what to do next. */
export function EmptyState({ title, children, next, testId, page = false }: Props) {
  return (
    <Stack className="surface" p={{ base: 'md', sm: 'xl' }} gap="xs" align="flex-start" data-testid={testId}>
      <Title order={page ? 1 : 2} size="h4">
        {title}
      </Title>
      <Text component="div" className="quiet" maw={560}>
        {children}
      </Text>
      {next && (
        <Button component={Link} to={next.to} variant="light" mt="xs">
          {next.label}
        </Button>
      )}
    </Stack>
  );
}
