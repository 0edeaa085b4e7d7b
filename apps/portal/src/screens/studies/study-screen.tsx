import { Anchor, Button, List, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { client } from '../../session.ts';
import { FaultNotice } from '../../shell/fault-notice.tsx';
import { useTitle } from '../../shell/use-title.ts';
import { PURPOSES } from './purpose.ts';

/** One study: what it asks patients to share, where readings may come from, and the way to its patients. */
export function StudyScreen() {
  const id = Number(useParams().studyId);
  useTitle('Study');
  const [study, asked, sources, enrolled] = useQueries({
    queries: [
      { queryKey: ['study', id], queryFn: ({ signal }) => client.study(id, signal) },
      { queryKey: ['scope-requests', id], queryFn: ({ signal }) => client.scopeRequests(id, signal) },
      { queryKey: ['study-sources', id], queryFn: ({ signal }) => client.studyDataSources(id, signal) },
      {
        queryKey: ['enrolled', id],
        queryFn: ({ signal }) => client.patients({ studyId: id, pageSize: 1 }, signal),
      },
    ],
  });
  const error = study.error ?? asked.error;
  if (error) return <FaultNotice page error={error} onRetry={() => void study.refetch()} />;
  if (!study.data || !asked.data) return <Skeleton height={320} radius={12} />;
  const { name, description, organization, purpose, endsAt } = study.data;
  const count = enrolled.data?.count;
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        <Anchor component={Link} to="/studies" size="sm">
          Studies
        </Anchor>
        <Title order={1} size="h2">
          {name}
        </Title>
        <Text className="quiet">{organization.name}</Text>
        <Text maw={640}>{description}</Text>
        <Text className="quiet" maw={640}>
          For {PURPOSES[purpose]}, {endsAt ? `until ${dateText(endsAt)}` : 'without an end'}. Changing the
          purpose or the end asks every patient again.
        </Text>
      </Stack>
      <Button component={Link} to={`/patients?study=${id}`} style={{ alignSelf: 'flex-start' }}>
        {count === undefined ? 'Patients' : count === 1 ? '1 patient' : `${count.toLocaleString()} patients`}
      </Button>
      <Part
        title="Asks patients to share"
        none="Nothing yet. Until it asks for something, patients have nothing to share."
      >
        {asked.data.map(({ id: request, scopeCode }) => (
          <List.Item key={request}>
            {scopeCode.text}{' '}
            <Text span size="sm" className="quiet">
              {scopeCode.codingCode}
            </Text>
          </List.Item>
        ))}
      </Part>
      {sources.data && (
        <Part title="Readings may come from" none="No device or app is listed.">
          {sources.data.map(({ dataSource }) => (
            <List.Item key={dataSource.id}>{dataSource.name}</List.Item>
          ))}
        </Part>
      )}
    </Stack>
  );
}

function Part({ title, none, children }: { title: string; none: string; children: readonly ReactNode[] }) {
  return (
    <section className="surface" style={{ padding: 16 }}>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      {children.length > 0 ? <List spacing={4}>{children}</List> : <Text className="quiet">{none}</Text>}
    </section>
  );
}

const dateText = (at: string) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
