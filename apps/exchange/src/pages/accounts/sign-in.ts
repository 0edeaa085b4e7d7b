/** `/accounts/login/` and `/accounts/logout/`: signing in for the account pages, which is the same as for any client. */
import { createHash, randomBytes } from 'node:crypto';
import type { Parts } from '../../authorization/parts.ts';
import { ROUTES } from '../../authorization/provider.ts';
import { whoIsSignedIn } from '../../authorization/session.ts';
import { safeNext } from '../../domain/next-path.ts';
import { ACCOUNT_CLIENT_ID } from '../../domain/own-pages.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';

/** Sends whoever is signed in on to `next`, a path of this site; everybody else to sign in first. */
async function enter(parts: Parts, ctx: PageContext): Promise<void> {
  const next = safeNext(ctx.query.next);
  // A request of a client asks for signing in by itself, in the way that suits the client.
  const isRequest = next.startsWith(`/o${ROUTES.authorization}`);
  if (isRequest || (await whoIsSignedIn(parts, ctx))) return goTo(ctx, next);
  goTo(ctx, authorizationRequest(parts.config.siteUrl, next));
}

/**
 * An address that signs in and comes back to `next`; with the prompt `login` also whoever is signed in already. The code
 * that comes back is never exchanged: what counts is the session, so nobody keeps the verifier.
 */
export function authorizationRequest(siteUrl: string, next: string, prompt?: 'login'): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: ACCOUNT_CLIENT_ID,
    redirect_uri: `${siteUrl}/accounts/callback/`,
    scope: 'openid',
    state: next,
    code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
    code_challenge_method: 'S256',
    ...(prompt === undefined ? {} : { prompt }),
  });
  return `/o${ROUTES.authorization}?${query}`;
}

export function signInPages(parts: Parts): Page[] {
  return [
    { path: '/accounts/login/', caller: 'anyone', GET: (ctx) => enter(parts, ctx) },
    { path: '/accounts/login-otp/', caller: 'anyone', GET: (ctx) => enter(parts, ctx) },
    {
      path: '/accounts/callback/',
      caller: 'anyone',
      GET: async (ctx) => goTo(ctx, ctx.query.error === undefined ? safeNext(ctx.query.state) : '/'),
    },
    // Asks before it signs out: a link or a picture on another site must not do it.
    { path: '/accounts/logout/', caller: 'anyone', GET: async (ctx) => goTo(ctx, `/o${ROUTES.end_session}`) },
  ];
}
