import type { WritableSight } from '../access/sight.ts';
import { invalid } from '../domain/refusal.ts';
import * as enrollments from '../store/enrollments.ts';
import { requireManageableStudy } from './change-study.ts';

/**
 * Enrols patients in a study, all or none; who is enrolled already stays. Enrolment alone grants no sight of readings:
 * what the study requests is pending until it is answered. Refuses patients who do not belong to the study's
 * organization, by their place `patientIds[i]` (contract 3.8, H-03, H-30). Returns their enrolments.
 */
export async function enrollPatients(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<enrollments.EnrollmentRow[]> {
  await requireManageableStudy(sight, studyId);
  const enrollable = await enrollments.enrollable(sight, studyId, patientIds);
  const stranger = patientIds.findIndex((id) => !enrollable.has(id));
  if (stranger >= 0)
    throw invalid(`patientIds[${stranger}]`, 'Patient and study must be from the same Organization');
  await enrollments.insert(sight, studyId, patientIds);
  return enrollments.ofStudy(sight, studyId, patientIds);
}
