import { createClient, createSession } from '@jhe/client';

const { origin } = window.location;

/** The session of this tab. Its tokens are in memory only. */
export const session = createSession({
  origin,
  clientId: 'jhe-portal',
  redirectUri: `${origin}/auth/callback`,
  afterSignOutUri: `${origin}/`,
  storage: window.sessionStorage,
});

/** All calls of the portal go through this. */
export const client = createClient({ origin, getToken: session.accessToken });

const SIGNED_OUT = 'jhe.signed-out';
const LAST_AGAIN = 'jhe.signed-in-again';
/** A session that ends so soon after it was renewed is not helped by renewing it again. */
const AGAIN_TOO_SOON_MS = 15_000;

/** What to show at first: the portal, nothing because the browser is leaving, or the page with the sign-in button. */
export type Start = 'signed-in' | 'leaving' | 'signed-out' | 'failed';

/**
 * Decides what to show when the page is loaded. Signs in without a word where the authorization server knows the
 * browser; it asks for a password where it does not.
 */
export async function start(): Promise<Start> {
  const { pathname, href } = window.location;
  if (pathname === '/auth/callback') {
    try {
      window.history.replaceState(null, '', await session.finishSignIn(new URL(href)));
      return 'signed-in';
    } catch {
      window.history.replaceState(null, '', '/portal/');
      return 'failed';
    }
  }
  if (window.sessionStorage.getItem(SIGNED_OUT) !== null) return 'signed-out';
  return leave();
}

/** Goes to sign in because the person asked for it. */
export async function signIn(): Promise<Start> {
  window.sessionStorage.removeItem(SIGNED_OUT);
  return leave();
}

/** Goes to sign in because the session ended; says `failed` when that did not help a moment ago. */
export async function signInAgain(): Promise<Start> {
  session.discard();
  const last = Number(window.sessionStorage.getItem(LAST_AGAIN));
  window.sessionStorage.setItem(LAST_AGAIN, String(Date.now()));
  return Date.now() - last < AGAIN_TOO_SOON_MS ? 'failed' : leave();
}

/** Signs out here and at the authorization server. */
export async function signOut(): Promise<void> {
  window.sessionStorage.setItem(SIGNED_OUT, 'yes');
  window.location.assign(await session.signOut());
}

async function leave(): Promise<Start> {
  const { pathname, search, hash } = window.location;
  const returnPath = pathname.startsWith('/portal/') ? pathname + search + hash : '/portal/';
  try {
    window.location.assign(await session.beginSignIn(returnPath));
    return 'leaving';
  } catch {
    return 'failed';
  }
}
