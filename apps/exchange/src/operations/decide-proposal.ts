import type { WritableSight } from '../access/sight.ts';
import { notFound, Refusal } from '../domain/refusal.ts';
import { holdPeople, holdStudies } from '../store/locks.ts';
import * as proposals from '../store/proposals.ts';
import * as recordEvents from '../store/record-events.ts';

/**
 * The person's decision about what was proposed: `accept` joins the organization and the study, `decline` stands until the
 * person lifts it (`lift`), and whoever proposed is told neither. Only the person, in a proved session, sees a proposal;
 * for everybody else there is none.
 */
export async function decideProposal(
  sight: WritableSight,
  id: number,
  decision: 'accept' | 'decline' | 'lift',
): Promise<void> {
  const seen = await proposals.get(sight, id);
  if (!seen) throw notFound('Proposal');
  await holdPeople(sight, [seen.patientId], 'exclusive');
  await holdStudies(sight, seen.studyId === null ? [] : [seen.studyId], 'shared');
  const proposal = await proposals.get(sight, id);
  const expected = decision === 'lift' ? 'declined' : 'open';
  if (proposal?.state !== expected) throw new Refusal('conflict', 'This has been decided already.');
  const { patientId, organizationId, studyId } = proposal;
  if (decision === 'accept') {
    await proposals.join(sight, proposal);
    await recordEvents.append(sight, [
      { patientId, kind: 'joined', organizationId, studyId: studyId ?? undefined },
    ]);
  }
  const state = { accept: 'accepted', decline: 'declined', lift: 'lifted' } as const;
  await proposals.decide(sight, id, state[decision]);
}
