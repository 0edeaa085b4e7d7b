/** What access tokens are for: the one audience there is, under every name that clients know it by (RFC 8707). */
import {
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import type { Config } from '../config.ts';
import { IDENTITY_SCOPES } from '../domain/identity-scopes.ts';
import { ACCESS_TOKEN_ALGORITHM, audienceOf } from './access-token.ts';
import { scopesOfProgram } from './backend-scopes.ts';
import { accessTokenSeconds, programTokenSeconds } from './lifetimes.ts';
import { knownScopes } from './scopes.ts';

/** Any of our own bases names this server, with or without a trailing slash and in both path cases. */
export function isOurs(config: Config, resource: string): boolean {
  const path = resource.startsWith(config.siteUrl) ? resource.slice(config.siteUrl.length) : undefined;
  return (
    path !== undefined && ['', '/fhir/r5', '/api/v1', '/mcp'].includes(path.replace(/\/$/, '').toLowerCase())
  );
}

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>;

/** The provider's settings about resources: every access token is a JWT for our audience. */
export function resourceIndicators(config: Config): ResourceIndicators {
  const audience = audienceOf(config);
  return {
    enabled: true,
    defaultResource: (_ctx, _client, oneOf) =>
      Array.isArray(oneOf) ? (oneOf[0] ?? audience) : (oneOf ?? audience),
    useGrantedResource: () => true,
    getResourceServerInfo(ctx, resource, client) {
      if (!isOurs(config, resource)) throw new errors.InvalidTarget('the resource is on another server');
      const { params, entities } = ctx.oidc;
      if (params?.grant_type === 'client_credentials') return forProgram(ctx, audience, client);
      const source = entities.AuthorizationCode ?? entities.RefreshToken;
      const asked = knownScopes(
        [params?.scope, source?.scope].filter((text) => typeof text === 'string').join(' '),
      );
      const scope = [...new Set([...IDENTITY_SCOPES, ...asked])].join(' ');
      return accessTokenInfo(audience, scope, accessTokenSeconds(client));
    },
  };
}

/** What the provider needs to know to make an access token of ours with at most these scopes. */
export function accessTokenInfo(audience: string, scope: string, seconds: number): ResourceServer {
  return {
    audience,
    scope,
    accessTokenFormat: 'jwt',
    accessTokenTTL: seconds,
    jwt: { sign: { alg: ACCESS_TOKEN_ALGORITHM } },
  };
}

/**
 * A program on its own acts as the person who owns it: nobody owns it, nobody acts. The reply says what is granted, so
 * the scopes take the place of those that were asked (SMART Backend Services 2.2, section 5.3.3).
 */
function forProgram(ctx: KoaContextWithOIDC, audience: string, client: Client): ResourceServer {
  if (client.owner_user_id === undefined) throw new errors.InvalidClientAuth('nobody active owns the client');
  const { params } = ctx.oidc;
  const granted = scopesOfProgram(String(params?.scope ?? ''), String(client.default_scopes ?? ''));
  if (!granted) {
    throw new errors.InvalidScope('none of the scopes is granted to this client', String(params?.scope));
  }
  const scope = granted.join(' ');
  if (params) params.scope = scope;
  return accessTokenInfo(audience, scope, programTokenSeconds(client));
}
