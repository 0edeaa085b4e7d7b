/** Registered clients with their secrets, for the authorization server only (system role). */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

export type RegisteredClient = {
  /** Of this registration: a client that takes the name later has another. */
  id: number;
  clientId: string;
  name: string;
  clientType: 'public' | 'confidential';
  grantTypes: string[];
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  clientSecret: string | null;
  skipAuthorization: boolean;
  defaultScopes: string;
  jwks: Record<string, unknown> | null;
  jwksUri: string | null;
  mayExchangeTokens: boolean;
  allowReusedAssertions: boolean;
  accessTokenSeconds: number | null;
  refreshTokenSeconds: number | null;
  /** It gets no token but such as are bound to a key of its own. */
  requiresDpop: boolean;
  /** The person who answers for it; null when there is none, or none that is active. */
  ownerUserId: number | null;
};

/** A client that can be launched, by its row's id or its client_id; not while it waits for approval. */
export async function findLaunchableClient(
  sight: Pick<Sight, 'query'>,
  name: { id: number } | { clientId: string },
): Promise<{ clientId: string; launchUri: string | null } | undefined> {
  const [row] = await sight.query<{ clientId: string; launchUri: string | null }>(sql`
    select client_id, launch_uri from client
    where ${'id' in name ? sql`id = ${name.id}` : sql`client_id = ${name.clientId}`} and approved_at is not null`);
  return row;
}

/** The client of a client_id (unique key), or undefined; one that waits for approval is not there yet. */
export async function findRegisteredClient(
  sight: Pick<Sight, 'query'>,
  clientId: string,
): Promise<RegisteredClient | undefined> {
  const [row] = await sight.query<RegisteredClient>(sql`
    select c.id, c.client_id, c.name, c.client_type, c.grant_types, c.redirect_uris, c.post_logout_redirect_uris,
      c.client_secret, c.skip_authorization, c.default_scopes, c.jwks, c.jwks_uri, c.may_exchange_tokens,
      c.allow_reused_assertions, c.access_token_seconds, c.refresh_token_seconds, o.id as owner_user_id,
      c.requires_dpop
    from client c
    left join app_user o on o.id = c.owner_user_id and o.active
    where c.client_id = ${clientId} and c.approved_at is not null`);
  return row;
}

/** Holds a client to the end of the transaction, so that nobody removes it meanwhile; false when it is not there. */
export async function holdClient(sight: Pick<Sight, 'query'>, clientId: string): Promise<boolean> {
  const rows = await sight.query(sql`
    select from client where client_id = ${clientId} and approved_at is not null for key share`);
  return rows.length === 1;
}

/** Makes or moves a client of our own, which asks for no approval. */
export async function registerOwnClient(
  sight: Pick<Sight, 'query'>,
  client: Pick<
    RegisteredClient,
    'clientId' | 'name' | 'redirectUris' | 'postLogoutRedirectUris' | 'defaultScopes'
  >,
): Promise<void> {
  await sight.query(sql`
    insert into client (client_id, name, redirect_uris, post_logout_redirect_uris, skip_authorization, default_scopes)
    values (${client.clientId}, ${client.name}, ${client.redirectUris}, ${client.postLogoutRedirectUris}, true, ${client.defaultScopes})
    on conflict (client_id) do update
    set redirect_uris = excluded.redirect_uris, post_logout_redirect_uris = excluded.post_logout_redirect_uris`);
}

/**
 * Makes the client with which apps launched from an EHR exchange that EHR's tokens, or gives it another secret. It reads
 * for the practitioner, and can do nothing on its own: nobody owns it.
 */
export async function registerEhrLaunchClient(
  sight: Pick<Sight, 'query'>,
  { clientId, secretHash }: { clientId: string; secretHash: string },
): Promise<void> {
  await sight.query(sql`
    insert into client (client_id, name, client_type, grant_types, client_secret, may_exchange_tokens,
      skip_authorization, default_scopes)
    values (${clientId}, 'SoF EHR Launch', 'confidential', '{}', ${secretHash}, true, true, 'user/*.rs')
    on conflict (client_id) do update
    set client_secret = excluded.client_secret, may_exchange_tokens = true, last_updated = now()
    where client.client_type = 'confidential' and client.client_secret is distinct from excluded.client_secret`);
}
