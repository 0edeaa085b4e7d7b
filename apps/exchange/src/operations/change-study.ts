import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, Refusal } from '../domain/refusal.ts';
import * as enrollments from '../store/enrollments.ts';
import * as organizations from '../store/organizations.ts';
import * as studies from '../store/studies.ts';

/** A study that does not exist and one that is out of sight are the same to the caller (contract 3.8). */
export const STUDY_OUT_OF_SIGHT = 'Current User does not have authorization to access this Study.';

/** Refuses whoever may not act on the study: out of sight, or a viewer. */
export async function requireManageableStudy(sight: WritableSight, studyId: number): Promise<number> {
  const organizationId = await studies.managedOrganizationOf(sight, studyId);
  if (organizationId !== undefined) return organizationId;
  throw forbidden((await studies.get(sight, studyId)) ? FORBIDDEN : STUDY_OUT_OF_SIGHT);
}

/**
 * Changes a study. Moving it to another organization needs a role in both, and that every enrolled patient belongs to
 * the new one: otherwise an organization would gain sight of patients it has nothing to do with (H-21).
 */
export async function changeStudy(
  sight: WritableSight,
  studyId: number,
  changes: Parameters<typeof studies.update>[2],
): Promise<void> {
  const from = await requireManageableStudy(sight, studyId);
  const to = changes.organizationId;
  if (to !== undefined && to !== from) {
    if (!(await organizations.manages(sight, to))) throw forbidden(FORBIDDEN);
    if ((await enrollments.strangersTo(sight, studyId, to)) > 0) {
      throw new Refusal(
        'conflict',
        'Some enrolled patients do not belong to the organization the study would move to.',
      );
    }
  }
  await studies.update(sight, studyId, changes);
}
