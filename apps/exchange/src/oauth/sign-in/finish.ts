import { recordSignIn } from '../../store/oauth-accounts.ts';
import { goTo, type PageContext } from '../page-routes.ts';
import type { Parts } from '../parts.ts';
import type { Visit } from './visit.ts';

/** Who proved to be somebody, and how: authentication methods of RFC 8176, and `invitation`, `saml`, `oidc`. */
export type Proof = Readonly<{ userId: number; amr: readonly string[] }>;

/**
 * Goes on after a first factor, whichever it was: every way to sign in ends here, so that what must follow it is asked
 * in one place.
 */
export async function finishSignIn(
  parts: Pick<Parts, 'provider' | 'system' | 'clock'>,
  ctx: PageContext,
  { clientId }: Visit,
  { userId, amr }: Proof,
): Promise<void> {
  const { provider, system, clock } = parts;
  await system('sign-in', (sight) => {
    sight.trace({ userId, clientId, deed: amr.join(' ') });
    return recordSignIn(sight, userId, clock());
  });
  const login = { accountId: String(userId), remember: true, amr: [...amr] };
  goTo(
    ctx,
    await provider.interactionResult(ctx.req, ctx.res, { login }, { mergeWithLastSubmission: false }),
  );
}
