/** What was granted: the grant an authorization request finds, and what an access token says of it. */
import type { Configuration, Grant } from 'oidc-provider';
import type { Config } from '../config.ts';
import { IDENTITY_SCOPES } from '../domain/identity-scopes.ts';
import { audienceOf, PERSON_SESSION } from './access-token.ts';
import { carriedBy, toWire } from './launch/context.ts';
import { hasResourceScope, knownScopes } from './scopes.ts';
import { scopesOf } from './token-exchange/exchange.ts';
import { TOKEN_EXCHANGE } from './token-exchange/request.ts';

type Granted = Pick<Grant, 'getResourceScope' | 'rejected'>;

/** Those of a client's default scopes that count: all for our own clients but what the person left out, for others what the person has approved. */
function approvedDefaults(
  client: Partial<Record<string, unknown>> | undefined,
  grant: Granted | undefined,
  audience: string,
): string[] {
  const defaults = knownScopes(String(client?.default_scopes ?? ''));
  if (client?.skip_authorization === true) {
    const left = new Set(grant?.rejected?.resources?.[audience]?.split(' '));
    return defaults.filter((word) => !left.has(word));
  }
  const approved = new Set(grant?.getResourceScope(audience).split(' '));
  return defaults.filter((word) => approved.has(word));
}

/** The provider's settings about grants. */
export function grantSettings(config: Config): Pick<Configuration, 'extraTokenClaims' | 'loadExistingGrant'> {
  const audience = audienceOf(config);
  return {
    extraTokenClaims(ctx, token) {
      // A program on its own: whoever owns it answers for it.
      const registration = token.client?.registration;
      if (token.kind === 'ClientCredentials')
        return { registration, owner: String(token.client?.owner_user_id) };
      if (token.kind !== 'AccessToken') return undefined;
      if (token.gty === TOKEN_EXCHANGE) {
        return { registration, gid: token.grantId, default_scope: scopesOf(token.client ?? {}).join(' ') };
      }
      const { AuthorizationCode, RefreshToken, Grant } = ctx.oidc.entities;
      // Asking for less when refreshing must not give more: what was granted decides, not only what is asked now.
      const scopes = [token.scope, AuthorizationCode?.scope, RefreshToken?.scope]
        .map((text) => text ?? '')
        .join(' ');
      const { launchContext, asksRecords } = carriedBy(ctx);
      const defaults =
        asksRecords === true || hasResourceScope(scopes)
          ? ''
          : approvedDefaults(token.client, Grant, audience).join(' ');
      // `registration`, `gid`: with the client and with the grant its tokens end; the grant says which session they are of.
      // `default_scope`: what a token without resource scopes grants, and why.
      return {
        ...toWire(launchContext),
        registration,
        gid: token.grantId,
        session: PERSON_SESSION,
        ...(defaults === '' ? {} : { default_scope: defaults }),
      };
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
}
