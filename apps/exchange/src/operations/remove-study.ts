import type { WritableSight } from '../access/sight.ts';
import { Refusal } from '../domain/refusal.ts';
import * as enrollments from '../store/enrollments.ts';
import { holdPeople, holdStudies, Overtaken } from '../store/locks.ts';
import * as studies from '../store/studies.ts';
import { requireManageableStudy } from './change-study.ts';
import { requireSightOfEnrollments, unenrollPatients } from './unenroll-patients.ts';

/**
 * Removes a study. With patients enrolled it is refused as a conflict unless `cascade` is given; then each enrolment is
 * ended first (contract 1.6, D-09), of those as well who were enrolled while this waited.
 */
export async function removeStudy(sight: WritableSight, studyId: number, cascade: boolean): Promise<void> {
  await requireManageableStudy(sight, studyId);
  requireSightOfEnrollments(sight);
  const enrolled = await enrollments.ofStudy(sight, studyId);
  if (enrolled.length > 0 && !cascade) {
    throw new Refusal(
      'conflict',
      `${enrolled.length} patients are enrolled in this study; removing it ends their enrolments and consents. ` +
        'Repeat with cascade=true to do so.',
    );
  }
  const patientIds = enrolled.map((row) => row.patientId);
  await holdPeople(sight, patientIds, 'exclusive');
  await holdStudies(sight, [studyId], 'exclusive');
  const held = new Set(patientIds);
  if ((await enrollments.ofStudy(sight, studyId)).some((row) => !held.has(row.patientId)))
    throw new Overtaken('somebody was enrolled meanwhile');
  if (patientIds.length > 0) await unenrollPatients(sight, studyId, patientIds);
  await studies.remove(sight, studyId);
}
