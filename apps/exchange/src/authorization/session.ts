/** Who is signed in, in this browser, at the authorization server. */
import { errors } from 'oidc-provider';
import type { SystemSight } from '../access/system.ts';
import { holdPerson } from '../store/oauth-access.ts';
import { type AccountWithAddress, findAccount, hasAddress } from '../store/oauth-accounts.ts';
import { findModelByUid } from '../store/oauth-models.ts';
import type { PageContext } from '../pages/page-context.ts';
import type { Parts } from './parts.ts';

export type SignedIn = Readonly<{
  account: AccountWithAddress;
  sessionUid: string;
  amr: readonly string[];
  signedInAt: Date;
}>;

/** The person of this browser's session, as they are now; undefined when nobody is signed in. */
export async function whoIsSignedIn(
  { provider, system }: Pick<Parts, 'provider' | 'system'>,
  ctx: PageContext,
): Promise<SignedIn | undefined> {
  const session = await provider.Session.get(ctx as never);
  if (session.accountId === undefined) return undefined;
  const account = await system('token', (sight) => findAccount(sight, Number(session.accountId)));
  // Nobody signs in to a login without an address: a link is its only way in, and leads to no page.
  if (!account || !hasAddress(account)) return undefined;
  return {
    account,
    sessionUid: session.uid,
    amr: session.amr ?? [],
    signedInAt: new Date((session.loginTs ?? 0) * 1000),
  };
}

/**
 * Holds the person in a transaction that changes how they sign in, and refuses when this session was ended since the
 * request began: whoever was put out a moment ago must not come back by a request that was under way.
 */
export async function holdSignedIn(
  { clock }: Pick<Parts, 'clock'>,
  sight: SystemSight,
  { userId, sessionUid }: Readonly<{ userId: number; sessionUid: string }>,
): Promise<void> {
  const isActive = await holdPerson(sight, userId);
  const session = await findModelByUid(sight, 'Session', sessionUid, clock());
  if (!isActive || session?.payload.accountId !== String(userId)) {
    throw new errors.SessionNotFound('the session was ended meanwhile');
  }
}
