import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, Refusal } from '../domain/refusal.ts';
import { holdStudies } from '../store/locks.ts';
import * as recordEvents from '../store/record-events.ts';
import * as studies from '../store/studies.ts';
import * as parts from '../store/study-parts.ts';
import { endAnswers } from './end-answers.ts';

/** A study that does not exist and one that is out of sight are the same to the caller (contract 3.8). */
export const STUDY_OUT_OF_SIGHT = 'Current User does not have authorization to access this Study.';

/** Refuses whoever may not act on the study: out of sight, or a viewer. */
export async function requireManageableStudy(sight: WritableSight, studyId: number): Promise<number> {
  const organizationId = await studies.managedOrganizationOf(sight, studyId);
  if (organizationId !== undefined) return organizationId;
  throw forbidden((await studies.get(sight, studyId)) ? FORBIDDEN : STUDY_OUT_OF_SIGHT);
}

/**
 * Changes a study. A yes belongs to what was asked: another purpose or another end ends every answer, and asks again.
 * Another name or description ends nothing; which version was answered is kept. A study never changes organization: it
 * would carry its yeses along (H-21).
 */
export async function changeStudy(
  sight: WritableSight,
  studyId: number,
  { organizationId: wanted, ...changes }: studies.StudyChanges & { organizationId?: number | undefined },
): Promise<void> {
  const organizationId = await requireManageableStudy(sight, studyId);
  if (wanted !== undefined && wanted !== organizationId) {
    throw new Refusal(
      'conflict',
      'A study stays with its organization. Make a study of the same questions in the other one; its patients answer there.',
      { path: 'organization' },
    );
  }
  await holdStudies(sight, [studyId], 'exclusive');
  const before = await studies.get(sight, studyId);
  await studies.update(sight, studyId, changes);
  const after = await studies.get(sight, studyId);
  if (!before || !after) throw forbidden(STUDY_OUT_OF_SIGHT);
  if (after.purpose === before.purpose && after.endsAt?.getTime() === before.endsAt?.getTime()) return;
  const asked = await endAnswers(sight, { studyId });
  await recordEvents.append(
    sight,
    asked.map((patientId) => ({ patientId, kind: 'asked-again', organizationId, studyId })),
  );
}

/** Stops asking for a code: the answers to it end, and count for nothing when the study asks again. */
export async function withdrawRequest(sight: WritableSight, studyId: number, codeId: number): Promise<void> {
  await requireManageableStudy(sight, studyId);
  await holdStudies(sight, [studyId], 'exclusive');
  await endAnswers(sight, { studyId, codeId });
  await parts.withdrawCode(sight, studyId, codeId);
}
