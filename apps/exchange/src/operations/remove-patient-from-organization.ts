import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, Refusal } from '../domain/refusal.ts';
import * as enrollments from '../store/enrollments.ts';
import { holdPeople } from '../store/locks.ts';
import * as patients from '../store/patients.ts';
import * as recordEvents from '../store/record-events.ts';
import { requireSightOfEnrollments, unenrollPatients } from './unenroll-patients.ts';

/**
 * Takes a person out of an organization, with their enrolments and answers there. Refused as a conflict for a record in
 * the organization's own keeping: it belongs nowhere else, and nobody could see it any more (H-24). Erasing a patient is
 * another deed.
 */
export async function removePatientFromOrganization(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<void> {
  const managed = await patients.managedOrganizationsOf(sight, patientId);
  if (!managed.includes(organizationId)) throw forbidden(FORBIDDEN);
  requireSightOfEnrollments(sight);
  await holdPeople(sight, [patientId], 'exclusive');
  if ((await patients.get(sight, patientId))?.keeperOrganizationId === organizationId) {
    throw new Refusal(
      'conflict',
      'This is the only organization of the patient: it keeps the record, which nobody could see any more.',
    );
  }
  for (const { studyId } of await enrollments.ofPatient(sight, patientId, organizationId)) {
    await unenrollPatients(sight, studyId, [patientId]);
  }
  // Told first: afterwards the patient is nobody's here to write about.
  await recordEvents.append(sight, [{ patientId, kind: 'left', organizationId }]);
  await patients.removeFromOrganization(sight, patientId, organizationId);
}
