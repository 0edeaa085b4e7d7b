/**
 * A sign-in that is half done: one factor was shown, the second is owed. It is kept here, bound to the visit, so that
 * the browser carries nothing of it.
 */
import { findAuthenticator } from '../store/oauth-authenticators.ts';
import { findMoment, keepMoment, takeMoment } from '../store/oauth-moments.ts';
import type { IdentityParts, VisitFacts } from './parts.ts';

type Needed = Pick<IdentityParts, 'system' | 'clock'>;

/** What was proved so far, and before when (see `Proof`). */
export type HalfSignIn = Readonly<{ userId: number; amr: readonly string[]; since: Date }>;

const KEPT_MS = 10 * 60 * 1000;

const keyOf = ({ uid }: VisitFacts) => ({ kind: 'HalfSignIn', of: uid }) as const;

/**
 * Keeps the proof and says true when the person has an authenticator and has not shown two factors yet: a passkey that
 * checked its holder is something they have and something they know or are.
 */
export async function owesSecondFactor(
  { system, clock }: Needed,
  visit: VisitFacts,
  { userId, amr, since }: HalfSignIn,
): Promise<boolean> {
  const usedPasskey = amr.includes('user') && (amr.includes('hwk') || amr.includes('swk'));
  if (usedPasskey || amr.includes('mfa')) return false;
  return system('token', async (sight) => {
    const authenticator = await findAuthenticator(sight, userId);
    if (!authenticator?.confirmedAt) return false;
    const payload = { accountId: String(userId), amr: [...amr], since: since.getTime() };
    const expiresAt = new Date(clock().getTime() + KEPT_MS);
    await keepMoment(sight, { ...keyOf(visit), payload, expiresAt });
    return true;
  });
}

/** What this visit has proved so far, for ten minutes. */
export async function findHalfSignIn(
  { system, clock }: Needed,
  visit: VisitFacts,
): Promise<HalfSignIn | undefined> {
  return toHalf(await system('token', (sight) => findMoment(sight, keyOf(visit), clock())));
}

/** The same, and it is gone: it leads to one sign-in. */
export async function takeHalfSignIn(
  { system, clock }: Needed,
  visit: VisitFacts,
): Promise<HalfSignIn | undefined> {
  return toHalf(await system('token', (sight) => takeMoment(sight, keyOf(visit), clock())));
}

function toHalf(payload: Record<string, unknown> | undefined): HalfSignIn | undefined {
  if (!payload) return undefined;
  const { accountId, amr, since } = payload;
  return {
    userId: Number(accountId),
    amr: Array.isArray(amr) ? amr.map(String) : [],
    since: new Date(Number(since)),
  };
}
