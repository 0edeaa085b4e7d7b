import type { Patient } from '@jhe/client';
import { Anchor, Group, Skeleton, Stack, Tabs, Text, Title } from '@mantine/core';
import { Link, Outlet, useLocation, useNavigate, useParams } from 'react-router';
import { FaultNotice } from '../../shell/fault-notice.tsx';
import { isRefusal } from '../../shell/refusals.ts';
import { usePatientSelf } from '../../shell/use-profile.ts';
import { useTitle } from '../../shell/use-title.ts';
import { OpenInApp } from './open-in-app.tsx';
import { ageOf, dateText, nameOf, systemLabel } from './person.ts';
import { usePatient } from './use-patient.ts';

/** One patient: who it is, and below the tabs. Each tab has its address. */
export function PatientScreen() {
  const id = Number(useParams().patientId);
  const patient = usePatient(id);
  const self = usePatientSelf();
  const navigate = useNavigate();
  const tab = useLocation().pathname.endsWith('/sharing') ? 'sharing' : 'timeline';
  useTitle('Patient');
  // A patient who was on screen stays there while nobody answers; a refusal takes the page away.
  if (patient.error && (!patient.data || isRefusal(patient.error)))
    return <FaultNotice page error={patient.error} onRetry={() => void patient.refetch()} />;
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        {self === undefined && (
          <Anchor component={Link} to="/patients" size="sm" className="no-print">
            Patients
          </Anchor>
        )}
        <Group justify="space-between" align="flex-start" gap="sm">
          <Stack gap={4} style={{ flex: '1 1 300px' }}>
            <PatientHeader patient={patient.data} />
          </Stack>
          <OpenInApp patientId={id} />
        </Group>
      </Stack>
      <Tabs
        value={tab}
        onChange={(next) => navigate(next === 'sharing' ? `/patients/${id}/sharing` : `/patients/${id}`)}
        keepMounted={false}
      >
        <Tabs.List className="no-print" mb="lg">
          <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
          <Tabs.Tab value="sharing">Sharing</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab}>{patient.data && <Outlet context={patient.data} />}</Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function PatientHeader({ patient }: { patient: Patient | undefined }) {
  if (!patient) {
    return (
      <>
        <Skeleton height={34} width={260} />
        <Skeleton height={24} width={340} />
      </>
    );
  }
  const age = ageOf(patient.birthDate, new Date());
  return (
    <>
      <Title order={1} size="h2">
        {nameOf(patient)}
      </Title>
      <Group gap="xs" style={{ rowGap: 0 }}>
        <Text>{age === null ? 'Birth date not recorded' : `${age} years`}</Text>
        {patient.birthDate && <Text className="quiet">born {dateText(patient.birthDate)}</Text>}
        {patient.identifiers.map((identifier) => (
          <Text key={identifier.id} title={identifier.system}>
            <span className="quiet">· {systemLabel(identifier)}</span> {identifier.value}
          </Text>
        ))}
        <Text className="quiet">· {patient.organizations.map(({ name }) => name).join(', ')}</Text>
      </Group>
    </>
  );
}
