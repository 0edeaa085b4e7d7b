/** What the authorization server remembers: sessions, grants, codes, refresh tokens. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

/**
 * A session from before its person's access was ended is not there, even if a request that was under way at that moment
 * has stored it again; nor is one that was ended by itself, nor a code or refresh token that such a session got.
 */
const notEnded = sql`not exists (
      select from oauth_model ended
      where ended.model = 'SessionEnded' and ended.id = coalesce(found.uid, found.payload->>'sessionUid')
        and found.model in ('Session', 'AuthorizationCode', 'RefreshToken'))
      and not exists (
      select from oauth_model ended
      where ended.model = 'AccessEnded' and ended.id = found.payload->>'accountId'
        and found.model in ('Session', 'AuthorizationCode', 'RefreshToken')
        and coalesce(found.payload->>'loginTs', found.payload->>'authTime')::numeric < (ended.payload->>'at')::numeric
        and coalesce(found.uid, found.payload->>'sessionUid') is distinct from ended.payload->>'keptSessionUid')`;

export type StoredModel = { payload: Record<string, unknown>; consumedAt: Date | null };

export type ModelRow = Readonly<{
  model: string;
  id: string;
  payload: Readonly<Record<string, unknown>>;
  grantId: string | null;
  uid: string | null;
  expiresAt: Date | null;
}>;

/** Stores a model under its id, or replaces it; whether it was used stays as it was. */
export async function upsertModel(sight: Queryable, row: ModelRow): Promise<void> {
  await sight.query(sql`
    insert into oauth_model (model, id, payload, grant_id, uid, expires_at)
    values (${row.model}, ${row.id}, ${JSON.stringify(row.payload)}::jsonb, ${row.grantId}, ${row.uid}, ${row.expiresAt})
    on conflict (model, id) do update
    set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at`);
}

/** By id (primary key), unless it has expired by `now`. */
export async function findModel(
  sight: Queryable,
  model: string,
  id: string,
  now: Date,
): Promise<StoredModel | undefined> {
  const [row] = await sight.query<StoredModel>(sql`
    select payload, consumed_at from oauth_model found
    where model = ${model} and id = ${id} and (expires_at is null or expires_at > ${now})
      and ${notEnded}`);
  return row;
}

/** By uid (index oauth_model_uid), unless it has expired by `now`. */
export async function findModelByUid(
  sight: Queryable,
  model: string,
  uid: string,
  now: Date,
): Promise<StoredModel | undefined> {
  const [row] = await sight.query<StoredModel>(sql`
    select payload, consumed_at from oauth_model found
    where model = ${model} and uid = ${uid} and (expires_at is null or expires_at > ${now})
      and ${notEnded}`);
  return row;
}

/** Marks as used; false when somebody else already has, so that of two at once only one wins. */
export async function consumeModel(sight: Queryable, model: string, id: string, now: Date): Promise<boolean> {
  const rows = await sight.query(sql`
    update oauth_model set consumed_at = ${now}
    where model = ${model} and id = ${id} and consumed_at is null
    returning id`);
  return rows.length === 1;
}

export async function destroyModel(sight: Queryable, model: string, id: string): Promise<void> {
  await sight.query(sql`delete from oauth_model where model = ${model} and id = ${id}`);
}

/** Everything issued under a grant (index oauth_model_grant). */
export async function destroyModelsOfGrant(sight: Queryable, model: string, grantId: string): Promise<void> {
  await sight.query(sql`delete from oauth_model where grant_id = ${grantId} and model = ${model}`);
}

/** Codes not yet exchanged of one person at one client. */
export async function destroyCodesOf(sight: Queryable, userId: number, clientId: string): Promise<void> {
  await sight.query(sql`
    delete from oauth_model
    where model = 'AuthorizationCode'
      and payload->>'accountId' = ${String(userId)}
      and payload->>'clientId' = ${clientId}`);
}

/** Ids of a model that have not expired by `now` (primary key). */
export async function listModelIds(sight: Queryable, model: string, now: Date): Promise<string[]> {
  const rows = await sight.query<{ id: string }>(sql`
    select id from oauth_model where model = ${model} and expires_at > ${now}`);
  return rows.map(({ id }) => id);
}

/** Removes what expired before the given moment (index oauth_model_expires). */
export async function purgeModels(sight: Queryable, expiredBefore: Date): Promise<void> {
  await sight.query(sql`delete from oauth_model where expires_at < ${expiredBefore}`);
}

/** Remembers an id that must not come twice; false when it is remembered already, also by another server. */
export async function keepOnce(sight: Queryable, id: string, now: Date, until: Date): Promise<boolean> {
  const rows = await sight.query(sql`
    insert into oauth_model as kept (model, id, payload, expires_at) values ('ReplayDetection', ${id}, '{}', ${until})
    on conflict (model, id) do update set expires_at = excluded.expires_at where kept.expires_at <= ${now}
    returning id`);
  return rows.length === 1;
}

/**
 * Lets this transaction be done before it is on disk: when PostgreSQL itself crashes, what was written in the last half
 * second may be gone. Only for what is worth little by then. Waiting for the disk was half of what an assertion cost.
 */
export async function mayBeLostInCrash(sight: Queryable): Promise<void> {
  await sight.query(sql`set local synchronous_commit = off`);
}
