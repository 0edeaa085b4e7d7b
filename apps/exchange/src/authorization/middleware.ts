/** What is done around the provider's own routes, where it has no setting for what our clients need. */
import { decodeJwt } from 'jose';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { System } from '../access/system.ts';
import type { Config } from '../config.ts';
import { PROOF_ALGORITHMS } from '../domain/challenge.ts';
import type { Session } from '../domain/principal.ts';
import { type Account, findAccount } from '../store/oauth-accounts.ts';
import { type AccessToken, audienceOf } from './access-token.ts';
import type { ProofCheck } from './dpop.ts';
import { CONTEXT_MEMBERS, carriedBy, toWire } from './launch/context.ts';
import { ROUTES } from './provider.ts';
import { isNone } from './request-checks.ts';
import { knownScopes } from './scopes.ts';

type Next = () => Promise<void>;
type ReadToken = (token: string) => Promise<AccessToken | null>;

/**
 * Reads an authorization request as leniently as clients in the field need: scopes that nobody understands grant
 * nothing and fail nothing, no scope means openid, an empty `launch` (or the word None) is none, and `aud` (SMART App
 * Launch 2.2, section 2.1.6) or `resource` in any spelling means the one audience there is.
 */
export function readAuthorizationRequest() {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    if (ctx.path === ROUTES.authorization) {
      const query = new URLSearchParams(ctx.querystring);
      query.set('scope', knownScopes(query.getAll('scope').join(' ')).join(' ') || 'openid');
      if (isNone(query.get('launch') ?? '')) query.delete('launch');
      ctx.querystring = query.toString();
    } else if (ctx.path.startsWith(ROUTES.authorization)) {
      // Going on after the sign-in: all that was asked is kept. The provider fails over a client that is named again.
      ctx.querystring = '';
    }
    await next();
  };
}

/**
 * Adds SMART's launch context to a token reply, on a refresh the same again (SMART App Launch 2.2, section 4.3), and
 * `profile`, which notebooks read. A token from before contexts were kept names a patient to themselves.
 */
export function addLaunchContext(system: System) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    await next();
    if (ctx.path !== ROUTES.token || ctx.status !== 200) return;
    const body = ctx.body as Record<string, unknown>;
    Object.assign(body, toWire(carriedBy(ctx).launchContext));
    const userId = Number(ctx.oidc.entities.Account?.accountId);
    const scopes = String(body.scope ?? '').split(' ');
    const wantsPatient =
      body.patient === undefined &&
      scopes.some((word) => word === 'launch/patient' || word.startsWith('patient/'));
    const wantsProfile = scopes.includes('fhirUser') || scopes.includes('profile');
    if (!Number.isSafeInteger(userId) || !(wantsPatient || wantsProfile)) return;
    const { AuthorizationCode, RefreshToken } = ctx.oidc.entities;
    const grantId = (AuthorizationCode ?? RefreshToken)?.grantId;
    const account = await system('token', (sight) => findAccount(sight, userId, grantId));
    if (!account) return;
    if (wantsPatient && account.patientId !== null && account.practitionerId === null) {
      Object.assign(body, toWire({ patient: account.patientId }));
    }
    const reference = referenceOf(account);
    if (wantsProfile && reference) body.profile = { reference };
  };
}

function referenceOf({ practitionerId, patientId }: Account): string | undefined {
  if (practitionerId !== null) return `Practitioner/${practitionerId}`;
  return patientId === null ? undefined : `Patient/${patientId}`;
}

function fhirUserOf(account: Account, config: Config): { fhirUser?: string } {
  const reference = referenceOf(account);
  return reference ? { fhirUser: `${audienceOf(config)}/${reference}` } : {};
}

/** What a verified access token says of its launch (SMART App Launch 2.2, section 7). */
function launchFacts(token: string): Record<string, unknown> {
  const claims = decodeJwt(token);
  return Object.fromEntries(
    CONTEXT_MEMBERS.flatMap((name) => (claims[name] === undefined ? [] : [[name, claims[name]]])),
  );
}

/** `/userinfo/` for our JWT access tokens (OpenID Connect Core 1.0, section 5.3). */
export function answerUserinfo(config: Config, system: System, readToken: ReadToken, provesKey: ProofCheck) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    if (ctx.path !== ROUTES.userinfo) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'POST') {
      ctx.status = 405;
      ctx.set('allow', 'GET, POST');
      return;
    }
    ctx.set('cache-control', 'no-store');
    const presented = await readPresented(ctx, readToken, provesKey);
    if ('challenge' in presented) return refuseToken(ctx, 401, presented.error, presented.challenge);
    const { token } = presented;
    const account = await system('token', (sight) =>
      findAccount(sight, token.userId, grantIdOf(token.session)),
    );
    const scopes = token.scope.split(' ');
    if (!account) return refuseToken(ctx, 401, 'invalid_token', 'Bearer');
    if (!scopes.includes('openid')) return refuseToken(ctx, 403, 'insufficient_scope', 'Bearer');
    const name = [account.firstName, account.lastName].filter((part) => part !== '').join(' ');
    ctx.body = {
      sub: String(account.userId),
      ...(scopes.includes('email') && account.email !== null
        ? { email: account.email, email_verified: account.emailVerified }
        : {}),
      ...(scopes.includes('profile') && name !== ''
        ? { name, given_name: account.firstName, family_name: account.lastName }
        : {}),
      ...(scopes.includes('fhirUser') ? fhirUserOf(account, config) : {}),
    };
  };
}

const grantIdOf = (session: Session) => (session.kind === 'person' ? session.grantId : null);

type Presented = { token: AccessToken } | { error: string; challenge: 'Bearer' | 'DPoP' };

/** The token of a request: without a key it comes as Bearer, with one as DPoP and a proof (RFC 9449, section 7.1). */
async function readPresented(
  ctx: KoaContextWithOIDC,
  readToken: ReadToken,
  provesKey: ProofCheck,
): Promise<Presented> {
  const [scheme, value] = ctx.get('authorization').split(' ');
  const isProven = scheme?.toLowerCase() === 'dpop';
  const challenge = isProven ? 'DPoP' : 'Bearer';
  const isSent = (isProven || scheme?.toLowerCase() === 'bearer') && value;
  const token = isSent ? await readToken(value) : null;
  if (!isSent || !token) return { error: 'invalid_token', challenge };
  const { keyThumbprint } = token;
  if (keyThumbprint === undefined) return isProven ? { error: 'invalid_token', challenge } : { token };
  if (!isProven) return { error: 'invalid_token', challenge: 'DPoP' };
  const proof = ctx.get('dpop') || undefined;
  const request = { method: ctx.method, path: `/o${ctx.path}`, proof, token: value, keyThumbprint };
  return (await provesKey(request)) ? { token } : { error: 'invalid_dpop_proof', challenge };
}

function refuseToken(
  ctx: KoaContextWithOIDC,
  status: number,
  error: string,
  challenge: 'Bearer' | 'DPoP',
): void {
  ctx.status = status;
  const algorithms = challenge === 'DPoP' ? `, algs="${PROOF_ALGORITHMS.join(' ')}"` : '';
  ctx.set('www-authenticate', `${challenge} error="${error}"${algorithms}`);
  ctx.body = { error };
}

/**
 * Introspection (RFC 7662) and revocation (RFC 7009) of our JWT access tokens. The provider does not keep those: it
 * authenticates the client and then says that it does not support such tokens; there we take over.
 */
export function answerForAccessTokens(
  provider: Provider,
  config: Config,
  system: System,
  readToken: ReadToken,
  revoke: (token: AccessToken) => Promise<void>,
) {
  const leftToUs = new WeakSet<object>();
  const note = (ctx: KoaContextWithOIDC, error: { error?: string }) => {
    if (error.error === 'unsupported_token_type') leftToUs.add(ctx.req);
  };
  provider.on('introspection.error', note);
  provider.on('revocation.error', note);

  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    await next();
    // No body has no type: oidc-client-ts refuses a reply to a revocation that is called text.
    if (ctx.path === ROUTES.revocation && ctx.status === 200) ctx.remove('content-type');
    if (!leftToUs.has(ctx.req)) return;
    const client = ctx.oidc.client;
    const facts = client && (await readToken(String(ctx.oidc.params?.token)));
    ctx.status = 200;
    if (ctx.path === ROUTES.revocation) {
      ctx.body = '';
      ctx.remove('content-type');
      if (facts && facts.clientId === client.clientId) await revoke(facts);
      return;
    }
    const mayAsk = facts && (facts.clientId === client.clientId || client.clientAuthMethod !== 'none');
    const account = mayAsk && (await system('token', (sight) => findAccount(sight, facts.userId)));
    ctx.body = account
      ? {
          active: true,
          scope: facts.scope,
          client_id: facts.clientId,
          ...(account.email === null ? {} : { username: account.email }),
          sub: facts.isBackend ? facts.clientId : String(facts.userId),
          exp: facts.expiresAt,
          jti: facts.tokenId,
          iss: provider.issuer,
          token_type: facts.keyThumbprint === undefined ? 'Bearer' : 'DPoP',
          ...(facts.keyThumbprint === undefined ? {} : { cnf: { jkt: facts.keyThumbprint } }),
          ...launchFacts(String(ctx.oidc.params?.token)),
          ...(facts.scope.split(' ').includes('fhirUser') ? fhirUserOf(account, config) : {}),
        }
      : { active: false };
  };
}
