import { Group, Pagination, Stack, Text, Title } from '@mantine/core';
import { Navigate } from 'react-router';
import { EmptyState } from '../../shell/empty-state.tsx';
import { FaultNotice } from '../../shell/fault-notice.tsx';
import { usePatientSelf, useProfile } from '../../shell/use-profile.ts';
import { useTitle } from '../../shell/use-title.ts';
import { OpenInApp } from './open-in-app.tsx';
import { PatientsFilter } from './patients-filter.tsx';
import { PatientsTable } from './patients-table.tsx';
import { PAGE_SIZE, type PatientsView, usePatients } from './use-patients.ts';
import { usePatientsView } from './use-patients-view.ts';

/** The patients of the organizations one is a member of; a patient comes to their own page. */
export function PatientsScreen() {
  const profile = useProfile();
  const self = usePatientSelf();
  if (profile.isPending) return null;
  return self === undefined ? <PatientsList /> : <Navigate to={`/patients/${self}`} replace />;
}

function PatientsList() {
  useTitle('Patients');
  const [view, change] = usePatientsView();
  const found = usePatients(view);
  const count = found.data?.count;
  const pages = Math.ceil((count ?? 0) / PAGE_SIZE);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Group gap="sm" align="baseline">
          <Title order={1} size="h2">
            Patients
          </Title>
          <Text className="quiet" role="status">
            {count !== undefined && (count === 1 ? '1 patient' : `${count.toLocaleString()} patients`)}
          </Text>
        </Group>
        <OpenInApp />
      </Group>
      <PatientsFilter view={view} onChange={change} />
      {found.error ? (
        <FaultNotice error={found.error} onRetry={() => void found.refetch()} />
      ) : count === 0 ? (
        <NoPatients view={view} />
      ) : (
        <PatientsTable patients={found.data?.patients} />
      )}
      {pages > 1 && (
        <Pagination
          total={pages}
          value={view.page}
          onChange={(page) => change({ page })}
          getControlProps={(control) => ({ 'aria-label': `${control} page` })}
        />
      )}
    </Stack>
  );
}

function NoPatients({ view }: { view: PatientsView }) {
  if (view.search !== '') {
    return (
      <EmptyState
        title={`Nobody matches “${view.search}”`}
        next={{ label: 'Clear the search and filters', to: '/patients' }}
      >
        Names were searched, and the beginnings of e-mail addresses and identifiers
        {view.organizationId || view.studyId
          ? ', only among the patients of the chosen organization and study'
          : ''}
        .
      </EmptyState>
    );
  }
  if (view.studyId !== undefined) {
    return (
      <EmptyState
        title="Nobody is enrolled in this study yet"
        next={{ label: 'See what the study asks for', to: `/studies/${view.studyId}` }}
      >
        Patients appear here when they are enrolled. Each then decides which kinds of data to share.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="There are no patients yet"
      next={{ label: 'See your organizations', to: '/organizations' }}
    >
      You see the patients of organizations that you are a member of. When one of yours has none, a member or
      manager can add and invite them; when you belong to none, a manager can make you a member.
    </EmptyState>
  );
}
