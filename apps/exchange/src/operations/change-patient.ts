import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden } from '../domain/refusal.ts';
import * as patients from '../store/patients.ts';
import { addIdentifiers, type PatientDraft } from './add-patient.ts';

/**
 * Changes a patient where the caller manages one of the patient's organizations (the named one, when one is named).
 * Identifiers, when given, replace the whole set; a refused one leaves everything as it was (H-05, H-32).
 */
export async function changePatient(
  sight: WritableSight,
  patientId: number,
  organizationId: number | undefined,
  changes: Omit<PatientDraft, 'organizationId' | 'email'>,
): Promise<void> {
  const managed = await patients.managedOrganizationsOf(sight, patientId);
  if (managed.length === 0 || (organizationId !== undefined && !managed.includes(organizationId))) {
    throw forbidden(FORBIDDEN);
  }
  const { identifiers, ...details } = changes;
  await patients.update(sight, patientId, details);
  if (identifiers !== undefined) {
    await patients.removeIdentifiers(sight, patientId);
    await addIdentifiers(sight, patientId, identifiers);
  }
}
