import { Anchor, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import type { StudyAnswers } from './answers.ts';
import { groundText, type Names } from './ground.ts';
import { StandingMark } from './standing-mark.tsx';

/** What one study asks of the patient: how each question stands, whose answer it is, and since when. */
export function StudySharing({ study, answers, names }: StudyAnswers & { names: Names }) {
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
      <Table horizontalSpacing="md" verticalSpacing="sm" layout="fixed" className="answers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="what">Kind of data</Table.Th>
            <Table.Th>Answer</Table.Th>
            <Table.Th visibleFrom="sm" className="since">
              Since
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {answers.map((answer) => {
            const { code, standing, source, at, until } = answer;
            const ground = groundText(answer, study.organization.name, names);
            return (
              <Table.Tr
                key={code.id}
                data-testid={`sharing-${study.id}-${code.codingCode}`}
                data-standing={standing}
              >
                <Table.Td title={code.codingCode}>{code.text}</Table.Td>
                <Table.Td>
                  <StandingMark standing={standing} source={source} />
                  {ground && (
                    <Text size="sm" className="quiet" pl={24}>
                      {ground}
                    </Text>
                  )}
                  {at && (
                    <Text size="sm" className="quiet" hiddenFrom="sm" pl={24}>
                      {timeText(at)}
                    </Text>
                  )}
                  {until && (
                    <Text size="sm" className="quiet" hiddenFrom="sm" pl={24}>
                      until {timeText(until)}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  {at ? timeText(at) : <span className="quiet">not answered yet</span>}
                  {until && (
                    <Text size="sm" className="quiet">
                      until {timeText(until)}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </section>
  );
}

const timeText = (at: string) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
