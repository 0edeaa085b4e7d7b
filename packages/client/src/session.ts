/** Signing in with OpenID Connect: authorization code with PKCE (RFC 6749, RFC 7636) for a public client. */
import * as oauth from 'oauth4webapi';
import { ExchangeError, unreachable } from './fault.ts';

/** Where a sign-in under way is remembered while the person is at the sign-in page: `sessionStorage` in a browser. */
export type AttemptStorage = Readonly<{
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}>;

export type SessionOptions = Readonly<{
  /** Scheme, host and port of the exchange, without a trailing slash; its issuer is `<origin>/o`. */
  origin: string;
  clientId: string;
  redirectUri: string;
  /** Where to go after signing out; registered with the client. */
  afterSignOutUri: string;
  scope?: string;
  storage: AttemptStorage;
}>;

type Attempt = { state: string; nonce: string; verifier: string; returnPath: string };
type Tokens = { access: string; refresh: string | undefined; id: string; subject: string; expiresAt: number };

export type Session = ReturnType<typeof createSession>;

const ATTEMPT = 'jhe.sign-in';
/** A token that ends sooner than this is renewed before it is used. */
const MARGIN_MS = 30_000;

/**
 * One person's session. Tokens live in this closure and nowhere else, so a reload forgets them and signs in again by
 * way of the authorization server's own cookie. What lies in `storage` is only the attempt that is under way; it is
 * taken out, whatever comes of it, when the answer arrives.
 */
export function createSession(options: SessionOptions) {
  const { origin, clientId, redirectUri, afterSignOutUri, scope = 'openid', storage } = options;
  const issuer = new URL(`${origin}/o`);
  const client: oauth.Client = { client_id: clientId };
  // Plain http is for localhost, where there is nobody in between.
  const http = { [oauth.allowInsecureRequests]: issuer.protocol === 'http:' };
  let tokens: Tokens | null = null;
  let server: Promise<oauth.AuthorizationServer> | undefined;
  let renewal: Promise<boolean> | undefined;

  function discover(): Promise<oauth.AuthorizationServer> {
    server ??= oauth
      .discoveryRequest(issuer, { algorithm: 'oidc', ...http })
      .then((response) => oauth.processDiscoveryResponse(issuer, response))
      .catch(() => {
        server = undefined;
        throw new ExchangeError(unreachable);
      });
    return server;
  }

  function keep(answer: oauth.TokenEndpointResponse): void {
    const claims = oauth.getValidatedIdTokenClaims(answer);
    tokens = {
      access: answer.access_token,
      refresh: answer.refresh_token ?? tokens?.refresh,
      id: answer.id_token ?? tokens?.id ?? '',
      subject: claims?.sub ?? tokens?.subject ?? '',
      expiresAt: Date.now() + (answer.expires_in ?? 300) * 1000,
    };
  }

  async function renew(): Promise<boolean> {
    const token = tokens?.refresh;
    if (token === undefined) return false;
    try {
      const as = await discover();
      const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token, http);
      keep(await oauth.processRefreshTokenResponse(as, client, response));
      return true;
    } catch (error) {
      // Refused means over; no answer means try again later with the same token.
      if (error instanceof oauth.ResponseBodyError) tokens = null;
      return false;
    }
  }

  /** Renews the tokens; false when that is not possible. Calls at the same time share one renewal. */
  function refresh(): Promise<boolean> {
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  return {
    refresh,

    /** Starts a sign-in: resolves with the address to send the browser to. `returnPath` is where to end up. */
    async beginSignIn(returnPath: string): Promise<URL> {
      const as = await discover();
      const attempt: Attempt = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
        returnPath,
      };
      storage.setItem(ATTEMPT, JSON.stringify(attempt));
      const url = new URL(as.authorization_endpoint ?? `${issuer.href}/authorize/`);
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
      }).toString();
      return url;
    },

    /**
     * Finishes a sign-in from the address the browser came back to; resolves with the attempt's `returnPath`. Rejects
     * when nothing was begun in this tab, when the state, issuer or nonce is another's, or when access was denied.
     */
    async finishSignIn(callback: URL): Promise<string> {
      const stored = storage.getItem(ATTEMPT);
      storage.removeItem(ATTEMPT);
      if (stored === null) throw new Error('No sign-in was begun in this tab.');
      const attempt = JSON.parse(stored) as Attempt;
      const as = await discover();
      const parameters = oauth.validateAuthResponse(as, client, callback, attempt.state);
      const response = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        oauth.None(),
        parameters,
        redirectUri,
        attempt.verifier,
        http,
      );
      keep(
        await oauth.processAuthorizationCodeResponse(as, client, response, {
          expectedNonce: attempt.nonce,
          requireIdToken: true,
        }),
      );
      // Only a path on this origin: a stored address must not lead elsewhere.
      return /^\/(?![/\\])/.test(attempt.returnPath) ? attempt.returnPath : '/';
    },

    /**
     * The access token for a call, renewed when it is about to end; null when nobody is signed in. Rejects with an
     * ExchangeError when it has ended and could not be renewed because nobody answered: the session goes on later.
     */
    async accessToken(): Promise<string | null> {
      if (tokens && tokens.expiresAt - Date.now() < MARGIN_MS) await refresh();
      if (tokens && tokens.expiresAt <= Date.now()) throw new ExchangeError(unreachable);
      return tokens?.access ?? null;
    },

    /** The user's id in the exchange; null when nobody is signed in. */
    subject: () => tokens?.subject ?? null,

    /** Forgets the tokens. The authorization server's own session goes on. */
    discard(): void {
      tokens = null;
    },

    /** Forgets the tokens and resolves with the address that ends the authorization server's session too. */
    async signOut(): Promise<URL> {
      const hint = tokens?.id;
      tokens = null;
      const as = await discover();
      const url = new URL(as.end_session_endpoint ?? `${issuer.href}/logout/`);
      url.searchParams.set('client_id', clientId);
      url.searchParams.set('post_logout_redirect_uri', afterSignOutUri);
      if (hint) url.searchParams.set('id_token_hint', hint);
      return url;
    },
  } as const;
}
