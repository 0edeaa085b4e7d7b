/** Checks of an authorization request beyond the provider's own, wherever it came from: the address, a form, or PAR. */
import { decodeJwt } from 'jose';
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../config.ts';
import { issuerOf } from './access-token.ts';
import { isOurs } from './resources.ts';
import { knownScopes } from './scopes.ts';

/** Access tokens carry their scope and travel in headers and cookies: with this they stay under 3 KB. */
const LONGEST_SCOPE = 1000;

/** The provider's setting `extraParams`. */
export function requestChecks(
  config: Config,
  checkLaunch: (ctx: KoaContextWithOIDC, handle: string | undefined) => Promise<void>,
): NonNullable<Configuration['extraParams']> {
  return {
    async launch(ctx, launch) {
      const { params } = ctx.oidc;
      if (params && isNone(launch)) params.launch = undefined;
      else await checkLaunch(ctx, launch);
    },
    aud(_ctx, aud) {
      // A pushed request is kept as a JWT, whose audience is the authorization server (RFC 9101, section 5).
      if (aud && aud !== issuerOf(config) && !isOurs(config, aud))
        throw new errors.InvalidTarget('aud names another server');
    },
    scope(ctx) {
      const { params, client } = ctx.oidc;
      if (!params) return;
      const asked = knownScopes(askedScope(ctx));
      // The provider takes offline_access away unless prompt=consent is sent with it; SMART App Launch asks no such thing.
      const mayStay = client?.grantTypeAllowed('refresh_token') === true;
      const kept = asked.filter((word) => word !== 'offline_access' || mayStay);
      params.scope = kept.join(' ') || 'openid';
      if (String(params.scope).length > LONGEST_SCOPE) {
        throw new errors.InvalidScope(`the scope is longer than ${LONGEST_SCOPE} characters`, 'scope');
      }
    },
  };
}

/** No launch: what clients send that always send the parameter. */
export const isNone = (launch: string | undefined): boolean => launch === '' || launch === 'None';

/** The scope as the client sent it. */
function askedScope(ctx: KoaContextWithOIDC): string {
  const { entities, body } = ctx.oidc as typeof ctx.oidc & { body?: Record<string, unknown> };
  const pushed = (entities as { PushedAuthorizationRequest?: { request?: string } })
    .PushedAuthorizationRequest;
  if (pushed?.request !== undefined) return String(decodeJwt(pushed.request).scope ?? '');
  return String(body?.scope ?? ctx.query.scope ?? '');
}
