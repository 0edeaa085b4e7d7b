/** Clients as they are registered, approved, listed and removed. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type NewClient = Readonly<{
  clientId: string;
  name: string;
  clientType: 'public' | 'confidential';
  grantTypes: readonly string[];
  redirectUris: readonly string[];
  postLogoutRedirectUris: readonly string[];
  allowedOrigins: readonly string[];
  /** As `hashClientSecret` makes it. */
  clientSecret: string | null;
  secretPrefix: string | null;
  ownerUserId: number | null;
  skipAuthorization: boolean;
  defaultScopes: string;
  jwks: object | null;
  jwksUri: string | null;
  launchUri: string | null;
  mayExchangeTokens: boolean;
  accessTokenSeconds: number | null;
  refreshTokenSeconds: number | null;
  requiresDpop: boolean;
  contacts: readonly string[];
  /** Null while it waits for somebody to look at it. */
  approvedAt: Date | null;
  /** From which network it registered itself, by a name that tells nobody anything; null for one that others added. */
  registeredFrom: string | null;
  /** What it said of itself, when it registered itself. */
  registration: object | null;
}>;

const json = (value: object | null) => (value === null ? null : JSON.stringify(value));

/** Adds a client; false when another has its client_id. */
export async function addClient(sight: Queryable, client: NewClient): Promise<boolean> {
  const rows = await sight.query(sql`
    insert into client (client_id, name, client_type, grant_types, redirect_uris, post_logout_redirect_uris,
      allowed_origins, client_secret, secret_prefix, owner_user_id, skip_authorization, default_scopes, jwks, jwks_uri,
      launch_uri, may_exchange_tokens, access_token_seconds, refresh_token_seconds, requires_dpop, contacts,
      approved_at, registration, registered_from)
    values (${client.clientId}, ${client.name}, ${client.clientType}, ${client.grantTypes}, ${client.redirectUris},
      ${client.postLogoutRedirectUris}, ${client.allowedOrigins}, ${client.clientSecret}, ${client.secretPrefix},
      ${client.ownerUserId}, ${client.skipAuthorization}, ${client.defaultScopes}, ${json(client.jwks)}::jsonb,
      ${client.jwksUri}, ${client.launchUri}, ${client.mayExchangeTokens}, ${client.accessTokenSeconds},
      ${client.refreshTokenSeconds}, ${client.requiresDpop}, ${client.contacts}, ${client.approvedAt},
      ${json(client.registration)}::jsonb, ${client.registeredFrom})
    on conflict (client_id) do nothing
    returning id`);
  return rows.length === 1;
}

export type WaitingClient = {
  id: number;
  clientId: string;
  name: string;
  clientType: 'public' | 'confidential';
  grantTypes: string[];
  redirectUris: string[];
  contacts: string[];
  registration: Record<string, unknown> | null;
  createdAt: Date;
};

/** Clients that wait for approval, the oldest first (index client_waiting). */
export function listWaiting(sight: Queryable): Promise<WaitingClient[]> {
  return sight.query<WaitingClient>(sql`
    select id, client_id, name, client_type, grant_types, redirect_uris, contacts, registration, created_at
    from client where approved_at is null
    order by created_at, id`);
}

/** How many wait, and how many of them registered from one network (index client_waiting). */
export async function countWaiting(
  sight: Queryable,
  registeredFrom: string,
): Promise<{ all: number; ofSender: number }> {
  // One at a time, so that many at the same moment are counted each.
  await sight.query(sql`select pg_advisory_xact_lock(${WAITING_LOCK}::bigint)`);
  const [row] = await sight.query<{ all: number; ofSender: number }>(sql`
    select count(*)::int as all, (count(*) filter (where registered_from = ${registeredFrom}))::int as of_sender
    from client where approved_at is null`);
  return row!;
}

/** Any constant. */
const WAITING_LOCK = 7_014_032_029;

/** What a client that waits for approval is called; undefined for any other. */
export async function findWaitingName(sight: Queryable, clientId: string): Promise<string | undefined> {
  const [row] = await sight.query<{ name: string }>(
    sql`select name from client where client_id = ${clientId} and approved_at is null`,
  );
  return row?.name;
}

type ClientKey = Readonly<{ id: number } | { clientId: string }>;

const isClient = (key: ClientKey) => ('id' in key ? sql`id = ${key.id}` : sql`client_id = ${key.clientId}`);

/**
 * Lets a waiting client in, with these scopes when it asks for none, and who answers for it when it acts on its own. Its
 * client_id, or undefined when none waits.
 */
export async function approveClient(
  sight: Queryable,
  key: ClientKey,
  { defaultScopes, ownerUserId }: Readonly<{ defaultScopes: string; ownerUserId: number | null }>,
  at: Date,
): Promise<string | undefined> {
  const [row] = await sight.query<{ clientId: string }>(sql`
    update client set approved_at = ${at}, default_scopes = ${defaultScopes}, owner_user_id = ${ownerUserId}::bigint,
      last_updated = ${at}
    where ${isClient(key)} and approved_at is null
    returning client_id`);
  return row?.clientId;
}

/** Removes a client that waits; its client_id, or undefined when none waits. */
export async function refuseClient(sight: Queryable, key: ClientKey): Promise<string | undefined> {
  const [row] = await sight.query<{ clientId: string }>(sql`
    delete from client where ${isClient(key)} and approved_at is null returning client_id`);
  return row?.clientId;
}

/** Forgets registrations that nobody has approved since. */
export async function forgetWaiting(sight: Queryable, since: Date): Promise<void> {
  await sight.query(sql`delete from client where approved_at is null and created_at < ${since}`);
}

export type ListedClient = {
  clientId: string;
  name: string;
  clientType: 'public' | 'confidential';
  grantTypes: string[];
  defaultScopes: string;
  approvedAt: Date | null;
};

/** Every client by its client_id. */
export function listClients(sight: Queryable): Promise<ListedClient[]> {
  return sight.query<ListedClient>(sql`
    select client_id, name, client_type, grant_types, default_scopes, approved_at from client order by client_id`);
}

/** Gives a confidential client another secret; false when there is none of that name. */
export async function replaceSecret(
  sight: Queryable,
  clientId: string,
  { clientSecret, secretPrefix }: { clientSecret: string; secretPrefix: string },
): Promise<boolean> {
  const rows = await sight.query(sql`
    update client set client_secret = ${clientSecret}, secret_prefix = ${secretPrefix}, last_updated = now()
    where client_id = ${clientId} and client_type = 'confidential'
    returning id`);
  return rows.length === 1;
}
