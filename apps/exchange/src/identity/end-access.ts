import type { SystemSight } from '../access/system.ts';
import { deleteAccess, holdPerson, listGrantsOfSession, noteAccessEnded } from '../store/oauth-access.ts';
import type { IdentityParts } from './parts.ts';

/** Nothing that begins now is there after so long: sessions and refresh tokens end with their grants, after a year. */
export const LONGEST_ACCESS_MS = 366 * 24 * 60 * 60 * 1000;

/**
 * Ends everything by which this person is signed in anywhere: sessions, grants, codes, refresh tokens and signing in
 * that is half done, in the transaction of `sight`; access tokens of those grants are listed as revoked. The session
 * of `exceptSessionUid`, and what was granted in it, stays.
 */
export async function endAllAccess(
  { storage, clock }: Pick<IdentityParts, 'storage' | 'clock'>,
  sight: SystemSight,
  userId: number,
  exceptSessionUid: string | null = null,
): Promise<void> {
  await holdPerson(sight, userId);
  const grantIds = exceptSessionUid === null ? [] : await listGrantsOfSession(sight, exceptSessionUid);
  const ended = await deleteAccess(sight, userId, { sessionUid: exceptSessionUid, grantIds });
  const at = clock();
  const until = new Date(at.getTime() + LONGEST_ACCESS_MS);
  await noteAccessEnded(sight, userId, { at, keptSessionUid: exceptSessionUid, until });
  const grants = storage.adapter('Grant');
  await storage.within(sight, async () => {
    // Destroying a grant through the storage is what lists it for the access tokens that name it.
    for (const grantId of ended) await grants.destroy(grantId);
  });
}
