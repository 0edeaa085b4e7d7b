/** The oidc-provider instance: OAuth 2.0 with PKCE, OpenID Connect Core 1.0 and SMART App Launch 2.2 on the code flow. */
import { createHash, randomUUID } from 'node:crypto';
import { type Configuration, errors, interactionPolicy, Provider } from 'oidc-provider';
import type { System } from '../access/system.ts';
import type { Config } from '../config.ts';
import { matchesClientSecret } from '../domain/client-secret.ts';
import { type Account, findAccount } from '../store/oauth-accounts.ts';
import { ACCESS_TOKEN_ALGORITHM, ACCESS_TOKEN_SECONDS, audienceOf, issuerOf } from './access-token.ts';
import type { Storage } from './adapter.ts';
import { errorPage, signedOut, signOut } from './provider-pages.ts';
import { hasResourceScope, IDENTITY_SCOPES, knownScopes } from './scopes.ts';
import type { SigningKeys } from './signing-keys.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** A refresh token that is not used for so long is forgotten; after `GRANT_SECONDS` one signs in again. */
const REFRESH_TOKEN_SECONDS = 90 * DAY;
const GRANT_SECONDS = 365 * DAY;
const SESSION_SECONDS = 14 * DAY;

/** Paths below /o, as they are advertised. */
export const ROUTES = {
  authorization: '/authorize/',
  token: '/token/',
  revocation: '/revoke_token/',
  introspection: '/introspect/',
  userinfo: '/userinfo/',
  end_session: '/logout/',
  jwks: '/.well-known/jwks.json',
} as const;

type Parts = Readonly<{ config: Config; system: System; keys: SigningKeys; storage: Storage }>;

export function createProvider({ config, system, keys, storage }: Parts): Provider {
  const audience = audienceOf(config);
  const login = interactionPolicy.base();
  // A session whose person is gone or deactivated is no session.
  login
    .get('login')
    ?.checks.add(
      new interactionPolicy.Check(
        'account_gone',
        'the account is not there any more',
        (ctx) => !ctx.oidc.account,
      ),
    );
  login.get('consent')?.checks.remove('native_client_prompt');
  // A client that asks for no records gets those it is registered for: that needs the person's yes as well.
  login.get('consent')?.checks.add(
    new interactionPolicy.Check('defaults_not_granted', 'the default scopes are not granted', ({ oidc }) => {
      if (!oidc.client || hasResourceScope(String(oidc.params?.scope ?? ''))) return false;
      const approved = approvedDefaults(oidc.client, oidc.entities.Grant, audience);
      return approved.length < knownScopes(String(oidc.client.default_scopes ?? '')).length;
    }),
  );

  let accessTokenHash: (ctx: object) => string | undefined = () => undefined;

  const configuration: Configuration = {
    adapter: (model: string) => storage.adapter(model),
    jwks: { keys: keys.tokenKeys.map((key) => ({ ...key })) },
    routes: ROUTES,
    responseTypes: ['code'],
    scopes: [...IDENTITY_SCOPES],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: () => true,
    extraClientMetadata: { properties: ['skip_authorization', 'default_scopes'] },
    extraParams: {
      launch: null,
      aud(_ctx, aud) {
        if (aud && !isOurs(config, aud)) throw new errors.InvalidTarget('aud names another server');
      },
      // The provider takes offline_access away unless prompt=consent is sent with it; SMART App Launch does not ask that.
      scope(ctx) {
        const { params, client } = ctx.oidc;
        const asked = knownScopes(String(ctx.query.scope ?? ''));
        if (params && asked.includes('offline_access') && client?.grantTypeAllowed('refresh_token')) {
          params.scope = asked.join(' ');
        }
      },
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: MINUTE,
      IdToken: 10 * 60 * MINUTE,
      RefreshToken: REFRESH_TOKEN_SECONDS,
      Grant: GRANT_SECONDS,
      Session: SESSION_SECONDS,
      Interaction: 60 * MINUTE,
    },
    cookies: {
      keys: [...keys.cookieKeys],
      names: { session: 'jhe_session', interaction: 'jhe_interaction', resume: 'jhe_resume' },
      // The account pages beside /o know who is signed in as well.
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure(config) },
      short: { signed: true, httpOnly: true, sameSite: 'lax', secure: isSecure(config) },
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      // Its access tokens would have to be opaque; userinfo.ts answers for our JWTs.
      userinfo: { enabled: false },
      // A public client proves nothing about itself: it may ask about, and end, its own tokens only.
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) =>
          client.clientAuthMethod !== 'none' || token.clientId === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: signOut,
        postLogoutSuccessSource: (ctx) => signedOut(ctx, config.siteUrl),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) =>
          Array.isArray(oneOf) ? (oneOf[0] ?? audience) : (oneOf ?? audience),
        useGrantedResource: () => true,
        getResourceServerInfo(ctx, resource) {
          if (!isOurs(config, resource)) throw new errors.InvalidTarget('the resource is on another server');
          const { params, entities } = ctx.oidc;
          const source = entities.AuthorizationCode ?? entities.RefreshToken;
          const asked = knownScopes(
            [params?.scope, source?.scope].filter((text) => typeof text === 'string').join(' '),
          );
          return {
            audience,
            scope: [...new Set([...IDENTITY_SCOPES, ...asked])].join(' '),
            accessTokenFormat: 'jwt',
            accessTokenTTL: ACCESS_TOKEN_SECONDS,
            jwt: { sign: { alg: ACCESS_TOKEN_ALGORITHM } },
          };
        },
      },
    },
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', 'auth_time', 'jti', 'at_hash'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name'],
      fhirUser: ['fhirUser'],
    },
    discovery: {
      userinfo_endpoint: `${issuerOf(config)}${ROUTES.userinfo}`,
      claims_locales_supported: undefined,
    },
    interactions: { policy: login, url: (_ctx, interaction) => `/o/interaction/${interaction.uid}` },
    renderError: (ctx, out) => errorPage(ctx, out, config.siteUrl),
    async findAccount(ctx, sub) {
      const account = await system('token', (sight) => findAccount(sight, Number(sub)));
      return (
        account && {
          accountId: sub,
          claims: async () => ({ ...claimsOf(account, config), at_hash: accessTokenHash(ctx) }),
        }
      );
    },
    extraTokenClaims(ctx, token) {
      if (token.kind !== 'AccessToken') return undefined;
      const { AuthorizationCode, RefreshToken, Grant } = ctx.oidc.entities;
      // Asking for less when refreshing must not give more: what was granted decides, not only what is asked now.
      const scopes = [token.scope, AuthorizationCode?.scope, RefreshToken?.scope]
        .map((text) => text ?? '')
        .join(' ');
      const defaults = hasResourceScope(scopes)
        ? ''
        : approvedDefaults(token.client, Grant, audience).join(' ');
      // `gid`: with the grant its tokens end. `default_scope`: what a token without resource scopes grants, and why.
      return { gid: token.grantId, ...(defaults === '' ? {} : { default_scope: defaults }) };
    },
    async loadExistingGrant(ctx) {
      const { provider, session, client, account, params, result } = ctx.oidc;
      if (!session || !client || !account) return undefined;
      const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
      const existing = grantId ? await provider.Grant.find(grantId) : undefined;
      const usable = existing?.accountId === account.accountId ? existing : undefined;
      if (client.skip_authorization !== true) return usable;
      const grant = usable ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
      const asked = knownScopes(String(params?.scope ?? ''));
      grant.addOIDCScope(
        asked.filter((word) => (IDENTITY_SCOPES as readonly string[]).includes(word)).join(' '),
      );
      for (const resource of Object.keys(ctx.oidc.resourceServers ?? {}))
        grant.addResourceScope(resource, asked.join(' '));
      await grant.save();
      return grant;
    },
  };

  const provider = new Provider(issuerOf(config), configuration);
  provider.proxy = true;
  compareSecretsByHash(provider);
  accessTokenHash = rememberAccessTokens(provider);
  return provider;
}

type Granted = { getResourceScope(resource: string): string };

/** Those of a client's default scopes that count: all for our own clients, for others what the person has approved. */
function approvedDefaults(
  client: Partial<Record<string, unknown>> | undefined,
  grant: Granted | undefined,
  audience: string,
): string[] {
  const defaults = knownScopes(String(client?.default_scopes ?? ''));
  if (client?.skip_authorization === true) return defaults;
  const approved = new Set(grant?.getResourceScope(audience).split(' '));
  return defaults.filter((word) => approved.has(word));
}

const isSecure = (config: Config) => config.siteUrl.startsWith('https:');

/** Any of our own bases names this server, with or without a trailing slash and in both path cases. */
function isOurs(config: Config, resource: string): boolean {
  const path = resource.startsWith(config.siteUrl) ? resource.slice(config.siteUrl.length) : undefined;
  return (
    path !== undefined && ['', '/fhir/r5', '/api/v1', '/mcp'].includes(path.replace(/\/$/, '').toLowerCase())
  );
}

/** The claims of OpenID Connect Core 1.0, section 5.1, and SMART's fhirUser; the provider picks by scope. */
function claimsOf(account: Account, config: Config) {
  const { userId, email, emailVerified, firstName, lastName, practitionerId, patientId } = account;
  const reference = practitionerId
    ? `Practitioner/${practitionerId}`
    : patientId
      ? `Patient/${patientId}`
      : undefined;
  const name = [firstName, lastName].filter((part) => part !== '').join(' ');
  return {
    sub: String(userId),
    jti: randomUUID(),
    email,
    email_verified: emailVerified,
    ...(name === '' ? {} : { name, given_name: firstName, family_name: lastName }),
    ...(reference ? { fhirUser: `${audienceOf(config)}/${reference}` } : {}),
  };
}

function compareSecretsByHash(provider: Provider): void {
  provider.Client.prototype.compareClientSecret = function compare(actual: string): boolean {
    return matchesClientSecret(this.clientSecret ?? '', actual);
  };
}

/**
 * Lets an ID token name the access token that came with it: at_hash, the left half of its SHA-256 (OpenID Connect
 * Core 1.0, section 3.1.3.6). The provider leaves it out on the code flow, so the value is kept as it is saved.
 */
function rememberAccessTokens(provider: Provider): (ctx: object) => string | undefined {
  const hashes = new WeakMap<object, string>();
  const { save } = provider.AccessToken.prototype;
  provider.AccessToken.prototype.save = async function saveAndRemember(): Promise<string> {
    const value = await save.call(this);
    const ctx = Provider.ctx;
    if (ctx)
      hashes.set(ctx, createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url'));
    return value;
  };
  return (ctx) => hashes.get(ctx);
}
