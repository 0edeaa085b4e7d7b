import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden } from '../domain/refusal.ts';
import { holdPeople } from '../store/locks.ts';
import * as patients from '../store/patients.ts';
import * as recordEvents from '../store/record-events.ts';
import { addIdentifiers, type PatientDraft } from './add-patient.ts';

/**
 * Corrects what is written of a patient, where the caller manages one of the patient's organizations (the named one, when
 * one is named); the person hears which fields. Identifiers, when given, replace those that this organization gave; a
 * refused one leaves everything as it was (H-05, H-32).
 */
export async function changePatient(
  sight: WritableSight,
  patientId: number,
  organizationId: number | undefined,
  changes: Omit<PatientDraft, 'organizationId' | 'contactEmail'>,
): Promise<void> {
  await holdPeople(sight, [patientId], 'exclusive');
  const managed = await patients.managedOrganizationsOf(sight, patientId);
  const acting = organizationId ?? managed[0];
  if (acting === undefined || !managed.includes(acting)) throw forbidden(FORBIDDEN);
  const { identifiers, ...details } = changes;
  await patients.update(sight, patientId, details);
  if (identifiers !== undefined) {
    await patients.removeIdentifiers(sight, patientId, acting);
    await addIdentifiers(sight, patientId, acting, identifiers);
  }
  const fields = Object.entries(changes).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  if (fields.length === 0) return;
  await recordEvents.append(sight, [
    { patientId, kind: 'corrected', organizationId: acting, detail: { fields } },
  ]);
}
