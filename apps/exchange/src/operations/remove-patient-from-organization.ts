import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, Refusal } from '../domain/refusal.ts';
import * as enrollments from '../store/enrollments.ts';
import * as patients from '../store/patients.ts';
import { unenrollPatients } from './unenroll-patients.ts';

/**
 * Takes a patient out of an organization, with their enrolments and consents there. Refused as a conflict when the
 * patient would belong nowhere: nobody could see them any more (H-24). Erasing a patient is another deed.
 */
export async function removePatientFromOrganization(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<void> {
  const managed = await patients.managedOrganizationsOf(sight, patientId);
  if (!managed.includes(organizationId)) throw forbidden(FORBIDDEN);
  await patients.hold(sight, patientId);
  if (!(await patients.belongsElsewhere(sight, patientId, organizationId))) {
    throw new Refusal(
      'conflict',
      'This is the only organization of the patient. Add the patient to another organization before removing them here.',
    );
  }
  for (const { studyId } of await enrollments.ofPatient(sight, patientId, organizationId)) {
    await unenrollPatients(sight, studyId, [patientId]);
  }
  await patients.removeFromOrganization(sight, patientId, organizationId);
}
