import { goTo, type PageContext } from '../page-routes.ts';
import type { Parts } from '../parts.ts';
import { type SignedIn, whoIsSignedIn } from './session.ts';
import { authorizationRequest } from './sign-in.ts';

const RECENT_MS = 15 * 60 * 1000;

/**
 * The person, if they signed in within the last 15 minutes: changing how an account is protected takes more than a
 * browser that was left open. Otherwise undefined, after sending them to sign in again and come back to `page`.
 */
export async function requireRecentSignIn(
  parts: Pick<Parts, 'config' | 'provider' | 'system' | 'clock'>,
  ctx: PageContext,
  page: string,
): Promise<SignedIn | undefined> {
  const found = await whoIsSignedIn(parts, ctx);
  if (found && parts.clock().getTime() - found.signedInAt.getTime() <= RECENT_MS) return found;
  goTo(ctx, authorizationRequest(parts.config.siteUrl, page, 'login'));
  return undefined;
}
