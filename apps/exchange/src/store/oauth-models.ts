/** What the authorization server remembers: sessions, grants, codes, refresh tokens. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

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
    select payload, consumed_at from oauth_model
    where model = ${model} and id = ${id} and (expires_at is null or expires_at > ${now})`);
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
    select payload, consumed_at from oauth_model
    where model = ${model} and uid = ${uid} and (expires_at is null or expires_at > ${now})`);
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
