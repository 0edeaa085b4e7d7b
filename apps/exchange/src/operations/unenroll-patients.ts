import type { WritableSight } from '../access/sight.ts';
import * as consents from '../store/consents.ts';
import * as enrollments from '../store/enrollments.ts';
import { requireManageableStudy } from './change-study.ts';

/**
 * Ends enrolments with the consents given in them, so that nothing of it counts when the patient enrols again. Each
 * consent is recorded as ended. Readings stay, hidden from the study from this moment (contract 3.8, 4.5).
 */
export async function unenrollPatients(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<void> {
  await requireManageableStudy(sight, studyId);
  const ended = await consents.end(sight, studyId, patientIds);
  const actorRole = await roleIn(sight, studyId);
  await consents.appendEvents(
    sight,
    ended.map(({ patientId, codeId }) => ({
      patientId,
      studyId,
      codeId,
      decision: 'end',
      actorRole,
      basis: null,
    })),
  );
  await enrollments.remove(sight, studyId, patientIds);
}

async function roleIn(sight: WritableSight, studyId: number): Promise<consents.ActorRole> {
  const [standing] = await consents.standing(sight, 0, [studyId]);
  return standing?.role === 'member' || standing?.role === 'manager' ? standing.role : 'superuser';
}
