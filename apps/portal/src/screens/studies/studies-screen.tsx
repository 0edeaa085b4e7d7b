import { Anchor, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { client } from '../../session.ts';
import { EmptyState } from '../../shell/empty-state.tsx';
import { FaultNotice } from '../../shell/fault-notice.tsx';
import { useTitle } from '../../shell/use-title.ts';

/** The studies of the organizations one is a member of. */
export function StudiesScreen() {
  useTitle('Studies');
  const studies = useQuery({
    queryKey: ['studies', undefined],
    queryFn: ({ signal }) => client.studies({}, signal),
  });
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        Studies
      </Title>
      {studies.error ? (
        <FaultNotice error={studies.error} onRetry={() => void studies.refetch()} />
      ) : !studies.data ? (
        <Skeleton height={240} radius={12} />
      ) : studies.data.count === 0 ? (
        <EmptyState
          title="There are no studies yet"
          next={{ label: 'See your organizations', to: '/organizations' }}
        >
          A study belongs to an organization and says what it asks patients to share. You see those of
          organizations that you are a member of.
        </EmptyState>
      ) : (
        <div className="surface">
          <Table verticalSpacing="sm" horizontalSpacing="md" className="people">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Study</Table.Th>
                <Table.Th visibleFrom="sm">Organization</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {studies.data.results.map(({ id, name, description, organization }) => (
                <Table.Tr key={id} data-testid={`study-row-${id}`}>
                  <Table.Td>
                    <Anchor component={Link} to={`/studies/${id}`} fw={600} c="inherit">
                      {name}
                    </Anchor>
                    <Text size="sm" className="quiet">
                      {description}
                    </Text>
                    <Text size="sm" className="quiet" hiddenFrom="sm">
                      {organization.name}
                    </Text>
                  </Table.Td>
                  <Table.Td visibleFrom="sm">{organization.name}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Stack>
  );
}
