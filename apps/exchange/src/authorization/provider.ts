/** The oidc-provider instance: OAuth 2.0 with PKCE, OpenID Connect Core 1.0 and SMART App Launch 2.2 on the code flow. */
import { type Configuration, Provider } from 'oidc-provider';
import type { System } from '../access/system.ts';
import type { Config } from '../config.ts';
import { PROOF_ALGORITHMS } from '../domain/challenge.ts';
import { matchesClientSecret } from '../domain/client-secret.ts';
import { IDENTITY_SCOPES } from '../domain/identity-scopes.ts';
import { findAccount } from '../store/oauth-accounts.ts';
import { findWaitingName } from '../store/oauth-client-registrations.ts';
import { issuerOf } from './access-token.ts';
import type { Storage } from './adapter.ts';
import { claimsOf, rememberAccessTokens } from './claims.ts';
import { ASSERTION_ALGORITHMS, checkAssertion } from './client-assertions.ts';
import { cookieSettings } from './cookies.ts';
import { rememberDevices } from './devices.ts';
import { grantSettings } from './grants.ts';
import { carryLaunchContext } from './launch/context.ts';
import { checkLaunch } from './launch/decide.ts';
import { CLIENT_LIFETIMES, LIFETIMES } from './lifetimes.ts';
import { promptPolicy } from './prompts.ts';
import type { ProviderPages } from './provider-pages.ts';
import { requestChecks } from './request-checks.ts';
import { resourceIndicators } from './resources.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Paths below /o, as they are advertised. */
export const ROUTES = {
  authorization: '/authorize/',
  token: '/token/',
  revocation: '/revoke_token/',
  introspection: '/introspect/',
  pushed_authorization_request: '/par/',
  registration: '/register/',
  userinfo: '/userinfo/',
  end_session: '/logout/',
  jwks: '/.well-known/jwks.json',
} as const;

type Parts = Readonly<{
  config: Config;
  system: System;
  clock: () => Date;
  keys: SigningKeys;
  storage: Storage;
  pages: ProviderPages;
}>;

export function createProvider({ config, system, clock, keys, storage, pages }: Parts): Provider {
  const home = `${config.siteUrl}/`;
  let accessTokenHash: (ctx: object) => string | undefined = () => undefined;

  const configuration: Configuration = {
    adapter: (model: string) => storage.adapter(model),
    jwks: { keys: keys.tokenKeys.map((key) => ({ ...key })) },
    routes: ROUTES,
    responseTypes: ['code'],
    scopes: [...IDENTITY_SCOPES],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256'],
      dPoPSigningAlgValues: [...PROOF_ALGORITHMS],
      clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
    },
    assertJwtClientAuthClaimsAndHeader: checkAssertion,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: () => true,
    extraClientMetadata: {
      properties: [
        'skip_authorization',
        'default_scopes',
        'owner_user_id',
        'registration',
        'allow_reused_assertions',
        ...CLIENT_LIFETIMES,
      ],
    },
    extraParams: requestChecks(config, checkLaunch(storage, clock)),
    ttl: LIFETIMES,
    cookies: cookieSettings(config, keys.cookieKeys),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
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
        logoutSource: pages.signOut,
        postLogoutSuccessSource: (ctx) => pages.signedOut(ctx, home),
      },
      resourceIndicators: resourceIndicators(config),
    },
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', 'auth_time', 'amr', 'jti', 'at_hash'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name'],
      fhirUser: ['fhirUser'],
    },
    discovery: {
      userinfo_endpoint: `${issuerOf(config)}${ROUTES.userinfo}`,
      // registration.ts answers it.
      registration_endpoint: `${issuerOf(config)}${ROUTES.registration}`,
      claims_locales_supported: undefined,
    },
    interactions: {
      policy: promptPolicy(config, storage),
      url: (_ctx, interaction) => `/o/interaction/${interaction.uid}`,
    },
    renderError: async (ctx, out) => {
      const clientId = String(ctx.oidc?.params?.client_id ?? '');
      const waiting =
        out.error === 'invalid_client' &&
        (await system('token', (sight) => findWaitingName(sight, clientId)));
      if (waiting) pages.clientWaits(ctx, waiting, home);
      else pages.error(ctx, out, home);
    },
    async findAccount(ctx, sub, token) {
      // What a token is made from says which session it is of; at our pages nobody comes by a link.
      const grantId = token === undefined || !('grantId' in token) ? null : (token.grantId ?? null);
      const account = await system('token', (sight) => findAccount(sight, Number(sub), grantId));
      return (
        account && {
          accountId: sub,
          patientId: account.patientId,
          practitionerId: account.practitionerId,
          claims: async () => ({ ...claimsOf(account, config), at_hash: accessTokenHash(ctx) }),
        }
      );
    },
    ...grantSettings(config),
  };

  const provider = new Provider(issuerOf(config), configuration);
  provider.proxy = true;
  compareSecretsByHash(provider);
  accessTokenHash = rememberAccessTokens(provider);
  rememberDevices(provider);
  carryLaunchContext(provider, storage);
  return provider;
}

function compareSecretsByHash(provider: Provider): void {
  provider.Client.prototype.compareClientSecret = function compare(actual: string): boolean {
    return matchesClientSecret(this.clientSecret ?? '', actual);
  };
}
