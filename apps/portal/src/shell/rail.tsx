import { Stack } from '@mantine/core';
import { NavLink } from 'react-router';
import { OrganizationsIcon, PatientsIcon, StudiesIcon } from './icons.tsx';
import { usePatientSelf } from './use-profile.ts';

/** The places of the portal; for a patient there is one. */
export function Rail() {
  const self = usePatientSelf();
  if (self !== undefined) {
    return (
      <Stack className="rail" gap={4}>
        <NavLink to={`/patients/${self}`}>
          <PatientsIcon /> My readings
        </NavLink>
      </Stack>
    );
  }
  return (
    <Stack className="rail" gap={4}>
      <NavLink to="/patients">
        <PatientsIcon /> Patients
      </NavLink>
      <NavLink to="/studies">
        <StudiesIcon /> Studies
      </NavLink>
      <NavLink to="/organizations">
        <OrganizationsIcon /> Organizations
      </NavLink>
    </Stack>
  );
}
