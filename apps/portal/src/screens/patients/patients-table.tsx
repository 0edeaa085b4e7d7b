import type { Patient } from '@jhe/client';
import { Skeleton, Table, Text } from '@mantine/core';
import type { KeyboardEvent } from 'react';
import { Link, useNavigate } from 'react-router';
import { ageOf, dateText, nameOf, systemLabel } from './person.ts';

/** Patients, one a row. Arrow keys go up and down, Enter opens. On a phone a row is the name and a line below it. */
export function PatientsTable({ patients }: { patients: readonly Patient[] | undefined }) {
  return (
    <div className="surface">
      <Table className="people" verticalSpacing="sm" horizontalSpacing="md" data-testid="patients-table">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th visibleFrom="sm">Identifiers</Table.Th>
            <Table.Th visibleFrom="sm">Birth date</Table.Th>
            <Table.Th visibleFrom="md">Organizations</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody onKeyDown={walkRows}>
          {patients
            ? patients.map((patient) => <PatientRow key={patient.id} patient={patient} />)
            : WAITING.map((row) => <WaitingRow key={row} />)}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function PatientRow({ patient }: { patient: Patient }) {
  const navigate = useNavigate();
  const to = `/patients/${patient.id}`;
  const birth = patient.birthDate && dateText(patient.birthDate);
  const age = ageOf(patient.birthDate, new Date());
  const identifiers = patient.identifiers.map(({ value }) => value).join(', ');
  return (
    <Table.Tr data-testid={`patient-row-${patient.id}`} onClick={() => navigate(to)}>
      <Table.Td>
        <Link to={to} onClick={(event) => event.stopPropagation()}>
          {nameOf(patient)}
        </Link>
        <Text size="sm" className="quiet" hiddenFrom="sm">
          {[birth, identifiers].filter(Boolean).join(' · ') || 'No birth date'}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm" maw={260}>
        {patient.identifiers.map((identifier) => (
          <Text key={identifier.id} size="sm" truncate title={`${identifier.system} | ${identifier.value}`}>
            <span className="quiet">{systemLabel(identifier)}</span> {identifier.value}
          </Text>
        ))}
      </Table.Td>
      <Table.Td visibleFrom="sm" style={{ whiteSpace: 'nowrap' }}>
        {birth} {age !== null && <span className="quiet">({age})</span>}
      </Table.Td>
      <Table.Td visibleFrom="md">{patient.organizations.map(({ name }) => name).join(', ')}</Table.Td>
    </Table.Tr>
  );
}

const WAITING = [1, 2, 3, 4, 5, 6];

function WaitingRow() {
  return (
    <Table.Tr aria-hidden="true">
      {[140, 180, 120, 200].map((width, column) => (
        <Table.Td key={width} {...(column === 0 ? {} : { visibleFrom: column === 3 ? 'md' : 'sm' })}>
          <Skeleton height={20} width={width} />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function walkRows(event: KeyboardEvent<HTMLElement>): void {
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('a')];
  const here = links.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    Home: 0,
    End: links.length - 1,
  };
  const target = links[steps[event.key] ?? -1];
  if (!target) return;
  event.preventDefault();
  target.focus();
}
