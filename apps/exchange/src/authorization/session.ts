/** Who is signed in, in this browser, at the authorization server. */
import type { SignedIn } from '../identity/signed-in.ts';
import { findAccount, hasAddress } from '../store/oauth-accounts.ts';
import type { Parts } from './parts.ts';

/** The person of this browser's session, as they are now; undefined when nobody is signed in. */
export async function whoIsSignedIn(
  { provider, system }: Pick<Parts, 'provider' | 'system'>,
  ctx: object,
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
