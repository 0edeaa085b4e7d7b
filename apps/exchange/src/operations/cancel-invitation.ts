import type { WritableSight } from '../access/sight.ts';
import { notFound, Refusal } from '../domain/refusal.ts';
import * as invitations from '../store/invitations.ts';

/** Takes an open invitation back. Refuses one that was used, replaced or cancelled before. */
export async function cancelInvitation(sight: WritableSight, id: number): Promise<invitations.InvitationRow> {
  if (!(await invitations.get(sight, id))) throw notFound('Invitation');
  if (!(await invitations.cancel(sight, id)))
    throw new Refusal('conflict', 'This invitation is not open any more.');
  return (await invitations.get(sight, id))!;
}
