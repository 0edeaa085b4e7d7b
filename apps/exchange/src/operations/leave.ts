/** The person leaves: a study with the answers given in it, or an organization with its studies. Theirs alone to do. */
import type { WritableSight } from '../access/sight.ts';
import { notFound } from '../domain/refusal.ts';
import * as consents from '../store/consents.ts';
import * as enrollments from '../store/enrollments.ts';
import { holdPeople, holdStudies } from '../store/locks.ts';
import * as patients from '../store/patients.ts';
import * as recordEvents from '../store/record-events.ts';
import * as studies from '../store/studies.ts';

/** Ends taking part in a study: the answers end, each with its event, and nobody of the study reads on from here. */
export async function leaveStudy(sight: WritableSight, patientId: number, studyId: number): Promise<void> {
  if (!sight.principal.patientIds.includes(patientId)) throw notFound('Study');
  await holdPeople(sight, [patientId], 'exclusive');
  await holdStudies(sight, [studyId], 'shared');
  const study = await studies.get(sight, studyId);
  if (!study) throw notFound('Study');
  const answered = (await consents.questions(sight, patientId)).filter(
    (row) => row.studyId === studyId && row.permitted !== null,
  );
  await consents.appendEvents(
    sight,
    answered.map(({ codeId }) => ({
      patientId,
      studyId,
      codeId,
      decision: 'end',
      actorRole: 'patient',
      basis: null,
      own: true,
    })),
  );
  await consents.clear(sight, patientId, answered);
  // Before it is out of sight.
  const { organizationId } = study;
  await recordEvents.append(sight, [{ patientId, kind: 'unenrolled', organizationId, studyId }]);
  if ((await enrollments.leave(sight, patientId, studyId)) === undefined) throw notFound('Study');
}

/** Ends being known to an organization: its studies are left first. Readings stay the person's. */
export async function leaveOrganization(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<void> {
  if (!sight.principal.patientIds.includes(patientId)) throw notFound('Organization');
  await holdPeople(sight, [patientId], 'exclusive');
  for (const { studyId } of await enrollments.ofPatient(sight, patientId, organizationId))
    await leaveStudy(sight, patientId, studyId);
  await recordEvents.append(sight, [{ patientId, kind: 'left', organizationId }]);
  if (!(await patients.leave(sight, patientId, organizationId))) throw notFound('Organization');
}
