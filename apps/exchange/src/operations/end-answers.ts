import type { WritableSight } from '../access/sight.ts';
import * as consents from '../store/consents.ts';

/**
 * Ends answers in a study that the caller manages, each with its event: what they were given for is over, and nothing of
 * it counts when the same is asked again. Returns the patients whose answers they were. Whoever calls holds the study.
 */
export async function endAnswers(sight: WritableSight, ending: consents.Ending): Promise<number[]> {
  const ended = await consents.end(sight, ending);
  const [standing] = await consents.standing(sight, 0, [ending.studyId]);
  const actorRole =
    standing?.role === 'member' || standing?.role === 'manager' ? standing.role : ('superuser' as const);
  await consents.appendEvents(
    sight,
    ended.map(({ patientId, studyId, codeId }) => ({
      patientId,
      studyId,
      codeId,
      decision: 'end',
      actorRole,
      basis: null,
      own: false,
    })),
  );
  return [...new Set(ended.map(({ patientId }) => patientId))];
}
