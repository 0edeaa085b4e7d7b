import type { SystemSight } from '../access/system.ts';
import { holdPerson } from '../store/oauth-access.ts';
import type { AccountWithAddress } from '../store/oauth-accounts.ts';
import { findModelByUid } from '../store/oauth-models.ts';
import type { IdentityParts } from './parts.ts';

/** Somebody who is signed in, and how they did it. */
export type SignedIn = Readonly<{
  account: AccountWithAddress;
  sessionUid: string;
  amr: readonly string[];
  signedInAt: Date;
}>;

/** The session in which something was asked was ended before it was done. */
export class SessionEnded extends Error {}

/**
 * Holds the person in a transaction that changes how they sign in, and refuses when this session was ended since the
 * request began: whoever was put out a moment ago must not come back by a request that was under way.
 */
export async function holdSignedIn(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  { userId, sessionUid }: Readonly<{ userId: number; sessionUid: string }>,
): Promise<void> {
  const isActive = await holdPerson(sight, userId);
  const session = await findModelByUid(sight, 'Session', sessionUid, clock());
  if (!isActive || session?.payload.accountId !== String(userId)) {
    throw new SessionEnded('the session was ended meanwhile');
  }
}
