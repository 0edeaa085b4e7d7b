/** API keys: the clients that a practitioner makes for programs of their own (system role, reason `client`). */
import type { Sight } from '../access/sight.ts';
import { raw, sql } from '../database/sql.ts';
import type { Page, Window } from './page.ts';

type Queryable = Pick<Sight, 'query'>;

export type ApiKeyRow = Readonly<{
  id: number;
  clientId: string;
  label: string;
  name: string;
  /** The first characters of the key, by which its owner recognises it. */
  keyPrefix: string | null;
  createdAt: Date;
}>;

/** How the names of these clients begin; other clients that a person owns are no API keys. */
export const API_KEY_NAME = '_practitioner_client_';

const columns = raw('c.id, c.client_id, c.label, c.name, c.secret_prefix as key_prefix, c.created_at');
const own = (userId: number) => sql`c.owner_user_id = ${userId} and starts_with(c.name, ${API_KEY_NAME})`;

/** One's own keys (index client_owner), newest first. */
export async function listApiKeys(
  sight: Queryable,
  userId: number,
  { limit, offset }: Window,
): Promise<Page<ApiKeyRow>> {
  const [count] = await sight.query<{ total: number }>(
    sql`select count(*)::integer as total from client c where ${own(userId)}`,
  );
  const rows = await sight.query<ApiKeyRow>(sql`
    select ${columns} from client c where ${own(userId)}
    order by c.created_at desc, c.id desc limit ${limit} offset ${offset}`);
  return { total: count?.total ?? 0, rows };
}

/** One of one's own keys; somebody else's is not there. */
export async function getApiKey(
  sight: Queryable,
  userId: number,
  id: number,
): Promise<ApiKeyRow | undefined> {
  const [row] = await sight.query<ApiKeyRow>(
    sql`select ${columns} from client c where c.id = ${id} and ${own(userId)}`,
  );
  return row;
}

/** What a key is checked against and what it reaches (unique key of client_id); nothing for other clients. */
export async function findApiKey(
  sight: Queryable,
  clientId: string,
): Promise<{ secretHash: string; ownerUserId: number; scopes: string } | undefined> {
  const [row] = await sight.query<{ secretHash: string; ownerUserId: number; scopes: string }>(sql`
    select c.client_secret as secret_hash, c.owner_user_id, c.default_scopes as scopes from client c
    where c.client_id = ${clientId} and starts_with(c.name, ${API_KEY_NAME}) and c.approved_at is not null
      and c.client_secret is not null and c.owner_user_id is not null`);
  return row;
}

export type NewApiKey = Readonly<{
  userId: number;
  clientId: string;
  name: string;
  label: string;
  keyPrefix: string;
  secretHash: string;
  scopes: string;
  at: Date;
}>;

/** Adds a confidential client that acts on its own for its owner. */
export async function addApiKey(sight: Queryable, key: NewApiKey): Promise<ApiKeyRow> {
  const [row] = await sight.query<ApiKeyRow>(sql`
    insert into client as c (client_id, name, label, client_type, grant_types, client_secret, secret_prefix,
      owner_user_id, skip_authorization, default_scopes, created_at, last_updated)
    values (${key.clientId}, ${key.name}, ${key.label}, 'confidential', '{client_credentials}', ${key.secretHash},
      ${key.keyPrefix}, ${key.userId}, true, ${key.scopes}, ${key.at}, ${key.at})
    returning ${columns}`);
  return row!;
}

export async function labelApiKey(
  sight: Queryable,
  userId: number,
  { id, label, at }: { id: number; label: string; at: Date },
): Promise<void> {
  await sight.query(
    sql`update client c set label = ${label}, last_updated = ${at} where c.id = ${id} and ${own(userId)}`,
  );
}

/** Removes a key; false when there is no such key of this person. */
export async function removeApiKey(sight: Queryable, userId: number, id: number): Promise<boolean> {
  const rows = await sight.query(
    sql`delete from client c where c.id = ${id} and ${own(userId)} returning c.id`,
  );
  return rows.length === 1;
}

/** Whether this client is a program on its own, which nobody signs in with. */
export async function isProgram(sight: Queryable, clientId: string): Promise<boolean> {
  const rows = await sight.query(sql`
    select 1 as one from client
    where client_id = ${clientId} and grant_types && array['client_credentials', 'client-credentials']`);
  return rows.length > 0;
}
