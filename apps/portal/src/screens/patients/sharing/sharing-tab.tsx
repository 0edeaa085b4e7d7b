import type { Patient } from '@jhe/client';
import { Anchor, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { Link, useOutletContext } from 'react-router';
import { EmptyState } from '../../../shell/empty-state.tsx';
import { FaultNotice } from '../../../shell/fault-notice.tsx';
import { nameOf } from '../person.ts';
import { useAnswers } from '../use-patient.ts';
import type { StudyAnswers } from './answers.ts';
import { StandingMark } from './standing-mark.tsx';

/** What each study asks of the patient and how it stands. Reading only: the answers are the patient's. */
export function SharingTab() {
  const patient = useOutletContext<Patient>();
  const answers = useAnswers(patient.id);
  if (answers.error) return <FaultNotice error={answers.error} onRetry={() => void answers.refetch()} />;
  if (!answers.data) return <Skeleton height={220} radius={12} />;
  const studies = answers.data;
  if (studies.length === 0) {
    return (
      <EmptyState
        title="No study asks anything of this patient"
        next={{ label: 'See the studies', to: '/studies' }}
      >
        {nameOf(patient)} is not enrolled in a study of your organizations, or those studies ask for nothing
        yet. A manager can enroll patients and choose what a study asks for.
      </EmptyState>
    );
  }
  return (
    <Stack gap="lg">
      {studies.map((entry) => (
        <StudySharing key={entry.study.id} {...entry} />
      ))}
      <Text size="sm" className="quiet" maw={640}>
        These are the answers as they are now. The patient decides; staff may record an answer on their
        behalf, and the history says so. A change counts at once. A kind of data can be read through every
        study that it is shared with.
      </Text>
    </Stack>
  );
}

function StudySharing({ study, answers }: StudyAnswers) {
  return (
    <section className="surface" aria-labelledby={`study-${study.id}`} style={{ padding: '16px 0 8px' }}>
      <Stack gap={0} px="md" mb="xs">
        <Title order={2} size="h4" id={`study-${study.id}`}>
          <Anchor component={Link} to={`/studies/${study.id}`} inherit c="inherit">
            {study.name}
          </Anchor>
        </Title>
        <Text className="quiet" size="sm">
          {study.organization.name}
        </Text>
      </Stack>
      <Table horizontalSpacing="md" verticalSpacing="sm" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Kind of data</Table.Th>
            <Table.Th>Answer</Table.Th>
            <Table.Th visibleFrom="sm">Since</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {answers.map(({ code, standing, at }) => (
            <Table.Tr
              key={code.id}
              data-testid={`sharing-${study.id}-${code.codingCode}`}
              data-standing={standing}
            >
              <Table.Td title={code.codingCode}>{code.text}</Table.Td>
              <Table.Td>
                <StandingMark standing={standing} />
                {at && (
                  <Text size="sm" className="quiet" hiddenFrom="sm">
                    {timeText(at)}
                  </Text>
                )}
              </Table.Td>
              <Table.Td visibleFrom="sm">
                {at ? timeText(at) : <span className="quiet">not answered yet</span>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

const timeText = (at: string) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
