import { Stack } from '@mantine/core';
import { NavLink } from 'react-router';
import { OrganizationsIcon, PatientsIcon, StudiesIcon } from './icons.tsx';

/** The places of the portal. */
export function Rail() {
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
