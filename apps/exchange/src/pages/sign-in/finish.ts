import { errors } from 'oidc-provider';
import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { owesSecondFactor } from '../../identity/half-sign-in.ts';
import { findAccessEnded, holdPerson } from '../../store/oauth-access.ts';
import { recordSignIn } from '../../store/oauth-accounts.ts';
import { cancelInvitationsOf } from '../../store/oauth-invitations.ts';
import { goTo, type PageContext } from '../page-context.ts';

/**
 * Who proved to be somebody, and how: authentication methods of RFC 8176, and `invitation`, `saml`, `oidc`. `since`:
 * before what was shown was compared with what is stored. If the person's access was ended after it, it proves nothing.
 */
export type Proof = Readonly<{ userId: number; amr: readonly string[]; since: Date }>;

type Needed = Pick<Parts, 'provider' | 'system' | 'clock' | 'storage'>;

/**
 * Goes on after a first factor, whichever it was: every way to sign in ends here, so that what must follow it is asked
 * in one place. Who has an authenticator is asked for its code first, unless they came with a passkey.
 */
export async function finishSignIn(
  parts: Needed,
  ctx: PageContext,
  visit: Visit,
  proof: Proof,
): Promise<void> {
  if (await owesSecondFactor(parts, visit, proof)) return goTo(ctx, `${visit.path}/second-factor`);
  return completeSignIn(parts, ctx, visit, proof);
}

/** Signs in: everything that is asked of this person has been shown. Called by `finishSignIn` and the second factor. */
export async function completeSignIn(
  parts: Needed,
  ctx: PageContext,
  { clientId }: Visit,
  { userId, amr, since }: Proof,
): Promise<void> {
  const { provider, system, clock, storage } = parts;
  const returnTo = await system('sign-in', async (sight) => {
    sight.trace({ userId, clientId, deed: amr.join(' ') });
    const isActive = await holdPerson(sight, userId);
    const now = clock();
    const ended = await findAccessEnded(sight, userId, now);
    if (!isActive || (ended && since < ended.endedAt)) {
      sight.trace({ outcome: 'refused', deed: `${amr.join(' ')}, access was ended meanwhile` });
      return undefined;
    }
    // Who has shown that the address is theirs needs no link any more, and nobody else is to use one.
    if (await recordSignIn(sight, userId, now)) await cancelInvitationsOf(sight, userId, now);
    const ts = Math.max(Math.floor(now.getTime() / 1000), ended?.firstSecond ?? 0);
    const login = { accountId: String(userId), remember: true, amr: [...amr], ts };
    // In the same transaction: whatever ends the person's access from here on finds it, and ends it too.
    return storage.within(sight, () =>
      provider.interactionResult(ctx.req, ctx.res, { login }, { mergeWithLastSubmission: false }),
    );
  });
  if (returnTo === undefined) throw new errors.SessionNotFound('access was ended meanwhile');
  goTo(ctx, returnTo);
}
