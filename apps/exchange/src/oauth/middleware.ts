/** What is done around the provider's own routes, where it has no setting for what our clients need. */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { System } from '../access/system.ts';
import type { Config } from '../config.ts';
import { type Account, findAccount } from '../store/oauth-accounts.ts';
import { type AccessToken, audienceOf } from './access-token.ts';
import { ROUTES } from './provider.ts';
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
      if (['', 'None'].includes(query.get('launch') ?? '')) query.delete('launch');
      ctx.querystring = query.toString();
    }
    await next();
  };
}

/**
 * Adds SMART's launch context to a token reply: `patient` for a patient who signed in with a launch or patient scope,
 * and `profile`, which notebooks read (SMART App Launch 2.2, section 2.1.9).
 */
export function addLaunchContext(system: System) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    await next();
    if (ctx.path !== ROUTES.token || ctx.status !== 200) return;
    const body = ctx.body as Record<string, unknown>;
    const userId = Number(ctx.oidc.entities.Account?.accountId);
    const scopes = String(body.scope ?? '').split(' ');
    const wantsPatient = scopes.some((word) => word === 'launch/patient' || word.startsWith('patient/'));
    const wantsProfile = scopes.includes('fhirUser') || scopes.includes('profile');
    if (!Number.isSafeInteger(userId) || !(wantsPatient || wantsProfile)) return;
    const account = await system('token', (sight) => findAccount(sight, userId));
    if (!account) return;
    if (wantsPatient && account.patientId !== null) body.patient = String(account.patientId);
    const reference = referenceOf(account);
    if (wantsProfile && reference) body.profile = { reference };
  };
}

function referenceOf({ practitionerId, patientId }: Account): string | undefined {
  if (practitionerId !== null) return `Practitioner/${practitionerId}`;
  return patientId === null ? undefined : `Patient/${patientId}`;
}

/** `/userinfo/` for our JWT access tokens (OpenID Connect Core 1.0, section 5.3). */
export function answerUserinfo(config: Config, system: System, readToken: ReadToken) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    if (ctx.path !== ROUTES.userinfo) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'POST') {
      ctx.status = 405;
      ctx.set('allow', 'GET, POST');
      return;
    }
    ctx.set('cache-control', 'no-store');
    const [scheme, bearer] = ctx.get('authorization').split(' ');
    const token = scheme?.toLowerCase() === 'bearer' && bearer ? await readToken(bearer) : null;
    const account = token && (await system('token', (sight) => findAccount(sight, token.userId)));
    const scopes = token?.scope.split(' ') ?? [];
    if (!account) return refuseBearer(ctx, 401, 'invalid_token');
    if (!scopes.includes('openid')) return refuseBearer(ctx, 403, 'insufficient_scope');
    const name = [account.firstName, account.lastName].filter((part) => part !== '').join(' ');
    const reference = referenceOf(account);
    ctx.body = {
      sub: String(account.userId),
      ...(scopes.includes('email') ? { email: account.email, email_verified: account.emailVerified } : {}),
      ...(scopes.includes('profile') && name !== ''
        ? { name, given_name: account.firstName, family_name: account.lastName }
        : {}),
      ...(scopes.includes('fhirUser') && reference ? { fhirUser: `${audienceOf(config)}/${reference}` } : {}),
    };
  };
}

function refuseBearer(ctx: KoaContextWithOIDC, status: number, error: string): void {
  ctx.status = status;
  ctx.set('www-authenticate', `Bearer error="${error}"`);
  ctx.body = { error };
}

/**
 * Introspection (RFC 7662) and revocation (RFC 7009) of our JWT access tokens. The provider does not keep those: it
 * authenticates the client and then says that it does not support such tokens; there we take over.
 */
export function answerForAccessTokens(
  provider: Provider,
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
    if (!leftToUs.has(ctx.req)) return;
    const client = ctx.oidc.client;
    const facts = client && (await readToken(String(ctx.oidc.params?.token)));
    ctx.status = 200;
    if (ctx.path === ROUTES.revocation) {
      ctx.body = '';
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
          username: account.email,
          sub: String(facts.userId),
          exp: facts.expiresAt,
          jti: facts.tokenId,
          iss: provider.issuer,
          token_type: 'Bearer',
        }
      : { active: false };
  };
}
