import type { WritableSight } from '../access/sight.ts';
import { invalid } from '../domain/refusal.ts';
import * as enrollments from '../store/enrollments.ts';
import { holdPeople, holdStudies } from '../store/locks.ts';
import * as recordEvents from '../store/record-events.ts';
import { requireManageableStudy } from './change-study.ts';

/**
 * Enrols patients in a study, all or none; who is enrolled already stays. In the organization's own keeping it enrols by
 * itself; to a person who keeps the record it proposes, and the person accepts, declines or leaves it (on our own page;
 * whoever proposed is not told which). Enrolment alone grants no sight of readings: what the study requests is pending
 * until it is answered. Refuses patients who do not belong to the study's organization, by their place `patientIds[i]`
 * (contract 3.8, H-03, H-30). Returns the enrolments there are then.
 */
export async function enrollPatients(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<enrollments.EnrollmentRow[]> {
  await requireManageableStudy(sight, studyId);
  await holdPeople(sight, patientIds, 'exclusive');
  await holdStudies(sight, [studyId], 'shared');
  // It may have been removed meanwhile.
  const organizationId = await requireManageableStudy(sight, studyId);
  const { kept, proposable } = await enrollments.reachable(sight, studyId, patientIds);
  const stranger = patientIds.findIndex((id) => !kept.has(id) && !proposable.has(id));
  if (stranger >= 0)
    throw invalid(`patientIds[${stranger}]`, 'Patient and study must be from the same Organization');
  const enrolled = await enrollments.insert(sight, studyId, [...kept]);
  const present = new Set(
    (await enrollments.ofStudy(sight, studyId, [...proposable])).map((row) => row.patientId),
  );
  const proposed = [...proposable].filter((id) => !present.has(id));
  // Where one stands already, declined or open, nothing is added: she would not hear of it twice.
  const added = await enrollments.propose(sight, { studyId, organizationId, patientIds: proposed });
  await recordEvents.append(sight, [
    ...enrolled.map((patientId) => ({ patientId, kind: 'enrolled' as const, organizationId, studyId })),
    ...added.map((patientId) => ({ patientId, kind: 'proposed' as const, organizationId, studyId })),
  ]);
  return enrollments.ofStudy(sight, studyId, patientIds);
}
