import type { WritableSight } from '../access/sight.ts';
import { reach } from '../domain/principal.ts';
import { forbidden } from '../domain/refusal.ts';
import * as enrollments from '../store/enrollments.ts';
import { holdPeople, holdStudies } from '../store/locks.ts';
import * as recordEvents from '../store/record-events.ts';
import { requireManageableStudy } from './change-study.ts';
import { endAnswers } from './end-answers.ts';

/**
 * Ends enrolments with the answers given in them, so that nothing of it counts when the patient enrols again. Each answer
 * is recorded as ended. Readings stay, hidden from the study from this moment (contract 3.8, 4.5).
 */
export async function unenrollPatients(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<void> {
  const organizationId = await requireManageableStudy(sight, studyId);
  await holdPeople(sight, patientIds, 'exclusive');
  await holdStudies(sight, [studyId], 'shared');
  await endAnswers(sight, { studyId, patientIds });
  const left = await enrollments.remove(sight, studyId, patientIds);
  await recordEvents.append(
    sight,
    left.map((patientId) => ({ patientId, kind: 'unenrolled', organizationId, studyId })),
  );
}

/** Refuses a token that does not see who is enrolled: what it looked for and did not see would stay behind. */
export function requireSightOfEnrollments({ principal }: WritableSight): void {
  if (reach(principal, 'Consent', 'r') !== 'all')
    throw forbidden("The token's scopes do not allow to read Consent.");
}
