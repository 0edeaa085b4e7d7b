import type { Patient } from '@jhe/client';
import { Skeleton, Stack, Text } from '@mantine/core';
import { useOutletContext } from 'react-router';
import { EmptyState } from '../../../shell/empty-state.tsx';
import { FaultNotice } from '../../../shell/fault-notice.tsx';
import { isRefusal } from '../../../shell/refusals.ts';
import { StaleNotice } from '../../../shell/stale-notice.tsx';
import { nameOf } from '../person.ts';
import { useAnswers } from '../use-patient.ts';
import { StudySharing } from './study-sharing.tsx';
import { useNames } from './use-names.ts';

/** What each study asks of the patient, how it stands and whose answer it is. Reading only: the answers are the patient's. */
export function SharingTab() {
  const patient = useOutletContext<Patient>();
  const answers = useAnswers(patient.id);
  const names = useNames(answers.data ?? []);
  if (answers.error && (!answers.data || isRefusal(answers.error)))
    return <FaultNotice error={answers.error} onRetry={() => void answers.refetch()} />;
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
  const silent = studies
    .flatMap(({ answers }) => answers)
    .some(({ standing }) => standing === 'unconfirmed' || standing === 'stopped');
  return (
    <Stack gap="lg">
      <StaleNotice since={answers.error ? answers.dataUpdatedAt : null} />
      {studies.map((entry) => (
        <StudySharing key={entry.study.id} {...entry} names={names} />
      ))}
      <Stack gap="xs" maw={640}>
        {silent && (
          <Text size="sm" className="quiet">
            A yes that others recorded without stating a ground opens nothing until the patient answers, or a
            manager records it anew on a ground. One that stopped counting, because the patient said no to
            this kind of data or readings of their own came in, opens nothing until the patient answers.
          </Text>
        )}
        <Text size="sm" className="quiet">
          These are the answers as they are now. The patient decides. While an organization keeps the record,
          its managers may record a yes and say on what ground, but never after the patient’s no; its members
          may record a no at any time. A change counts at once. A kind of data can be read through every study
          that it is shared with.
        </Text>
      </Stack>
    </Stack>
  );
}
