import type { Organization } from '@jhe/client';
import { Anchor, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { client } from '../../session.ts';
import { EmptyState } from '../../shell/empty-state.tsx';
import { FaultNotice } from '../../shell/fault-notice.tsx';
import { useTitle } from '../../shell/use-title.ts';

/** The organizations one can see, as the trees they form, with one's role in each. */
export function OrganizationsScreen() {
  useTitle('Organizations');
  const trees = useQuery({ queryKey: ['organization-trees'], queryFn: ({ signal }) => readTrees(signal) });
  const types = useQuery({
    queryKey: ['organization-types'],
    queryFn: ({ signal }) => client.organizationTypes(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        Organizations
      </Title>
      {trees.error ? (
        <FaultNotice error={trees.error} onRetry={() => void trees.refetch()} />
      ) : !trees.data ? (
        <Skeleton height={240} radius={12} />
      ) : trees.data.length === 0 ? (
        <EmptyState title="You do not belong to an organization yet">
          Ask a manager of your organization to make you a member. Patients and studies then appear here.
        </EmptyState>
      ) : (
        trees.data.map((tree) => (
          <section key={tree.id} className="surface tree" aria-label={tree.name}>
            <ul>
              <Branch organization={tree} types={types.data ?? {}} />
            </ul>
          </section>
        ))
      )}
    </Stack>
  );
}

const ROLES = {
  manager: 'you are a manager',
  member: 'you are a member',
  viewer: 'you are a viewer',
  super_user: '',
};

function Branch({
  organization,
  types,
}: {
  organization: Organization;
  types: Readonly<Record<string, string>>;
}) {
  const { id, name, type, currentUserRole, children } = organization;
  const role = currentUserRole && ROLES[currentUserRole];
  return (
    <li>
      <Text>
        <Text span fw={600}>
          {name}
        </Text>{' '}
        <Text span size="sm" className="quiet">
          {[types[type], role].filter(Boolean).join(' · ')}
        </Text>
        {currentUserRole && (
          <Anchor component={Link} to={`/patients?organization=${id}`} size="sm" ml="sm">
            Patients<span className="unseen"> of {name}</span>
          </Anchor>
        )}
      </Text>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Branch key={child.id} organization={child} types={types} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** The trees from the top where the top can be seen; otherwise from one's own organizations. */
async function readTrees(signal: AbortSignal): Promise<readonly Organization[]> {
  const top = await client.organizationsBelow(0, signal);
  const roots = top.results.length > 0 ? top.results : await client.ownOrganizations(signal);
  return Promise.all(roots.map(({ id }) => client.organizationTree(id, signal)));
}
