/** Ends one session, or one application's access, of a person; the other half of `end-access.ts`, which ends all. */
import type { SystemSight } from '../access/system.ts';
import { listGrantsOfSession, noteSessionEnded } from '../store/oauth-access.ts';
import { deleteIssuedUnder, deleteSession } from '../store/oauth-signed-in.ts';
import { LONGEST_ACCESS_MS } from './end-access.ts';
import type { IdentityParts } from './parts.ts';

type Needed = Pick<IdentityParts, 'storage' | 'clock'>;

/**
 * Ends a grant with its codes and refresh tokens, in the transaction of `sight`; its access tokens are refused from the
 * next request on. False when this person has no such grant.
 */
export async function endGrant(
  { storage }: Pick<Needed, 'storage'>,
  sight: SystemSight,
  { userId, grantId }: Readonly<{ userId: number; grantId: string }>,
): Promise<boolean> {
  if (!(await deleteIssuedUnder(sight, userId, grantId))) return false;
  // Destroying it through the storage lists it for the access tokens that name it.
  await storage.within(sight, () => storage.adapter('Grant').destroy(grantId));
  return true;
}

/** Ends a session and everything that was given in it. False when this person has no such session. */
export async function endSession(
  parts: Needed,
  sight: SystemSight,
  { userId, sessionUid }: Readonly<{ userId: number; sessionUid: string }>,
): Promise<boolean> {
  const grantIds = await listGrantsOfSession(sight, sessionUid);
  if (!(await deleteSession(sight, userId, sessionUid))) return false;
  await noteSessionEnded(sight, sessionUid, new Date(parts.clock().getTime() + LONGEST_ACCESS_MS));
  for (const grantId of grantIds) await endGrant(parts, sight, { userId, grantId });
  return true;
}
