/** Registered clients with their secrets, for the authorization server only (system role). */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

export type RegisteredClient = {
  clientId: string;
  name: string;
  clientType: 'public' | 'confidential';
  grantTypes: string[];
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  clientSecret: string | null;
  skipAuthorization: boolean;
  defaultScopes: string;
};

/** The client of a client_id (unique key), or undefined. */
export async function findRegisteredClient(
  sight: Pick<Sight, 'query'>,
  clientId: string,
): Promise<RegisteredClient | undefined> {
  const [row] = await sight.query<RegisteredClient>(sql`
    select client_id, name, client_type, grant_types, redirect_uris, post_logout_redirect_uris, client_secret,
      skip_authorization, default_scopes
    from client where client_id = ${clientId}`);
  return row;
}

/** Makes or moves the portal's own client. */
export async function registerPortal(
  sight: Pick<Sight, 'query'>,
  portal: Pick<RegisteredClient, 'clientId' | 'redirectUris' | 'postLogoutRedirectUris'>,
): Promise<void> {
  await sight.query(sql`
    insert into client (client_id, name, redirect_uris, post_logout_redirect_uris, skip_authorization, default_scopes)
    values (${portal.clientId}, 'JupyterHealth Exchange', ${portal.redirectUris}, ${portal.postLogoutRedirectUris}, true, 'user/*.cruds')
    on conflict (client_id) do update
    set redirect_uris = excluded.redirect_uris, post_logout_redirect_uris = excluded.post_logout_redirect_uris`);
}
