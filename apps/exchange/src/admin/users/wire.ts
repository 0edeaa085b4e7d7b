import { z } from 'zod';
import type { PatientRow } from '../../store/patients.ts';
import type { UserRow } from '../../store/users.ts';
import { presentPatientWithoutDetails } from '../patients/wire.ts';

/** `userType` as the wire tells it: what the account is, or what its profiles make it (1.1). */
function userType(row: UserRow): 'patient' | 'practitioner' | null {
  return (
    row.userType ?? (row.practitionerId !== null ? 'practitioner' : row.patientId !== null ? 'patient' : null)
  );
}

/**
 * The caller's own profile (3.3). A patient's has no name and no address: patients' apps need the id only. `settings` is
 * there for practitioners. The reference's key for administrators is `isSuperuser`.
 */
export function presentProfile(
  row: UserRow,
  patient: PatientRow | undefined,
  settings: Record<string, unknown> | undefined,
) {
  const kind = {
    userType: userType(row),
    isSuperuser: row.superuser,
    ...(settings ? { settings: camel(settings) } : {}),
  };
  return patient
    ? { id: row.id, patient: presentPatientWithoutDetails(patient), ...kind }
    : {
        id: row.id,
        email: row.email,
        firstName: row.firstName,
        lastName: row.lastName,
        patient: null,
        ...kind,
      };
}

/** User (3.2) as others see it: at most the id of the patient. */
export function presentUser(row: UserRow) {
  return {
    id: row.id,
    email: row.email,
    firstName: row.firstName,
    lastName: row.lastName,
    patient: row.patientId === null ? null : { id: row.patientId },
    userType: userType(row),
    isSuperuser: row.superuser,
  };
}

/** What search_by_email answers when nobody has the address: an object without an id, which clients test for (3.3). */
export const NOBODY = { email: '', firstName: '', lastName: '', userType: null, isSuperuser: false };

function camel(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

const nameSchema = z.string('Not a valid string.').trim().max(150, 'At most 150 characters.').optional();

/** PATCH of oneself: names and nothing else; other keys change nothing (H-01). */
export const ownNamesSchema = z.object({ firstName: nameSchema, lastName: nameSchema });
