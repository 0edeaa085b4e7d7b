/** OpenID Connect Core 1.0 as a client of an institution: code flow with PKCE, state and nonce of one visit. */
import * as client from 'openid-client';
import type { Parts } from '../../authorization/parts.ts';
import { mustProveAgain, type Visit } from '../../authorization/visit.ts';
import type { Config } from '../../config.ts';
import { type Assertion, toEmail } from '../../domain/external-sign-in.ts';
import type { IdentityProvider, OidcSettings } from '../../domain/identity-provider.ts';
import { findInstitution } from '../../identity/institutions/known.ts';
import {
  newHandle,
  rememberRequest,
  type SentRequest,
  useRequest,
} from '../../identity/institutions/remembered.ts';
import { BadAnswer, isSubject } from '../../identity/institutions/saml-response.ts';
import { fetchWithin, isLocal, type OutboundReach } from '../../outbound.ts';
import { goTo, type PageContext } from '../page-context.ts';
import { sendBack } from './arrive.ts';
import { showNoAnswer } from './refused.ts';

type OidcProvider = Extract<IdentityProvider, { kind: 'oidc' }>;
type SentOidc = Extract<SentRequest, { kind: 'oidc' }>;

const TIMEOUT_SECONDS = 10;
const DISCOVERY_MS = 60 * 60 * 1000;

/**
 * Asks over https only, follows no redirect, takes half a megabyte at most, and stops after ten seconds. What an
 * institution points to is on the Internet, unless its settings say that it stands in a private network.
 */
const askWithin =
  (reach: OutboundReach): client.CustomFetch =>
  (address, { method, headers, body, signal }) =>
    fetchWithin(reach, address, { method, headers, body, signal: signal ?? undefined });

/** Reads each institution's discovery document once an hour. */
export function createIssuers(clock: () => Date, { siteUrl }: Pick<Config, 'siteUrl'>) {
  const known = new Map<string, { configuration: client.Configuration; at: number }>();
  return async ({ settings }: OidcProvider): Promise<client.Configuration> => {
    const reach = settings.private_network || isLocal(siteUrl) ? 'private' : 'public';
    const key = JSON.stringify([reach, settings.issuer, settings.client_id, settings.client_secret]);
    const now = clock().getTime();
    const last = known.get(key);
    if (last && now - last.at < DISCOVERY_MS) return last.configuration;
    const configuration = await discover(settings, askWithin(reach));
    known.set(key, { configuration, at: now });
    return configuration;
  };
}

export type Issuers = ReturnType<typeof createIssuers>;

async function discover(
  { issuer, client_id, client_secret }: OidcSettings,
  askSafely: client.CustomFetch,
): Promise<client.Configuration> {
  const extensions = issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
  const options = { [client.customFetch]: askSafely, timeout: TIMEOUT_SECONDS, execute: extensions };
  const found = (
    await client.discovery(new URL(issuer), client_id, undefined, client.None(), options)
  ).serverMetadata();
  // Left out, the default is Basic (OpenID Connect Discovery 1.0, section 3).
  const methods = found.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const authentication =
    client_secret === undefined
      ? client.None()
      : methods.includes('client_secret_basic')
        ? client.ClientSecretBasic(client_secret)
        : client.ClientSecretPost(client_secret);
  const configuration = new client.Configuration(found, client_id, client_secret, authentication);
  configuration[client.customFetch] = askSafely;
  configuration.timeout = TIMEOUT_SECONDS;
  for (const extend of extensions) extend(configuration);
  // The signature of an ID token is checked although it comes over TLS.
  client.enableNonRepudiationChecks(configuration);
  return configuration;
}

const callbackOf = (siteUrl: string, slug: string) => `${siteUrl}/allauth/oidc/${slug}/callback/`;

/** `/o/interaction/:uid/oidc/:slug`: sends the browser to the institution with a request of this visit. */
export async function leaveForOidc(
  parts: Parts & { issuers: Issuers },
  ctx: PageContext,
  visit: Visit,
  slug: string,
): Promise<void> {
  const { config, system, clock, log, issuers } = parts;
  const institution = await findInstitution(parts, 'oidc', slug);
  const state = newHandle();
  const nonce = newHandle();
  const codeVerifier = client.randomPKCECodeVerifier();
  let address: URL;
  try {
    address = client.buildAuthorizationUrl(await issuers(institution), {
      redirect_uri: callbackOf(config.siteUrl, slug),
      scope: [...new Set(['openid', ...institution.settings.scopes])].join(' '),
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      ...(mustProveAgain(visit) ? { prompt: 'login' } : {}),
    });
  } catch (error) {
    log.error({ slug, name: (error as Error).name }, 'an identity provider cannot be reached');
    return showNoAnswer(ctx, institution.name, 502, 'institution_unreachable', `${config.siteUrl}/`);
  }
  const sent: SentRequest = { kind: 'oidc', uid: visit.uid, slug, nonce, codeVerifier };
  await system('token', (sight) => rememberRequest(sight, state, sent, clock()));
  goTo(ctx, address.href);
}

/** `/allauth/oidc/:slug/callback/`: takes the code, if it answers a request of ours to this institution. */
export async function acceptOidc(
  parts: Parts & { issuers: Issuers },
  ctx: PageContext,
  slug: string,
): Promise<void> {
  const { config, system, clock, log, issuers } = parts;
  const institution = await findInstitution(parts, 'oidc', slug);
  const state = typeof ctx.query.state === 'string' ? ctx.query.state : '';
  const sent = await system('token', (sight) => useRequest(sight, state, 'oidc', slug, clock()));
  if (!sent) {
    log.info({ slug, why: 'unsolicited' }, 'an answer of an identity provider was refused');
    return showNoAnswer(ctx, institution.name, 403, 'unsolicited_response', `${config.siteUrl}/`);
  }
  try {
    const callback = new URL(callbackOf(config.siteUrl, slug));
    callback.search = new URL(ctx.originalUrl, config.siteUrl).search;
    const assertion = await readAnswer(
      await issuers(institution),
      institution.settings,
      callback,
      state,
      sent,
    );
    await sendBack(parts, ctx, { uid: sent.uid, slug, kind: 'oidc', assertion });
  } catch (error) {
    const why = wordOf(error);
    log.error({ slug, why }, 'an answer of an identity provider was refused');
    await system('sign-in', async (sight) =>
      sight.trace({ outcome: 'refused', deed: `oidc refused: ${why}` }),
    );
    showNoAnswer(ctx, institution.name, 403, `oidc_${why}`.toLowerCase(), `${config.siteUrl}/`);
  }
}

async function readAnswer(
  configuration: client.Configuration,
  settings: OidcSettings,
  callback: URL,
  expectedState: string,
  { nonce, codeVerifier }: SentOidc,
): Promise<Assertion> {
  const tokens = await client.authorizationCodeGrant(configuration, callback, {
    expectedState,
    expectedNonce: nonce,
    pkceCodeVerifier: codeVerifier,
    idTokenExpected: true,
  });
  const idToken = tokens.claims();
  // One issuer, one institution: a server for many tenants is named by the tenant's own issuer.
  if (!idToken || idToken.iss !== configuration.serverMetadata().issuer) throw new BadAnswer('issuer');
  if (!isSubject(idToken.sub)) throw new BadAnswer('subject');
  const {
    email: emailClaim = 'email',
    first_name = 'given_name',
    last_name = 'family_name',
  } = settings.claim_mapping;
  // Many send the address only when asked with the token. It serves for that once and is forgotten.
  const isElsewhere =
    idToken[emailClaim] === undefined && configuration.serverMetadata().userinfo_endpoint !== undefined;
  const more = isElsewhere
    ? await client.fetchUserInfo(configuration, tokens.access_token, idToken.sub)
    : undefined;
  const claims: Record<string, unknown> = more ?? idToken;
  const text = (value: unknown) => (typeof value === 'string' ? value.trim().slice(0, 200) : '');
  return {
    issuer: idToken.iss,
    subject: idToken.sub,
    email: toEmail(claims[emailClaim]),
    // The claim speaks about `email`, not about an attribute of another name.
    emailVerified: settings.verified_email || (emailClaim === 'email' && claims.email_verified === true),
    firstName: text(claims[first_name] ?? idToken[first_name]),
    lastName: text(claims[last_name] ?? idToken[last_name]),
  };
}

/** What kind of fault it was: openid-client's code, or the error the institution sent if it is a plain word. */
function wordOf(error: unknown): string {
  if (error instanceof BadAnswer) return error.word;
  const { code, error: sentError } = error as { code?: unknown; error?: unknown };
  const word = typeof sentError === 'string' ? sentError : String(code ?? 'failed');
  return /^[\w-]{1,60}$/.test(word) ? word : 'failed';
}
