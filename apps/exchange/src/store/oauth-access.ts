/** What the authorization server holds for one person: sessions, grants and what was issued under them. System role. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import { findModel, upsertModel } from './oauth-models.ts';

type Queryable = Pick<Sight, 'query'>;

/** Ids of the grants that were given in one session, by its uid. */
export async function listGrantsOfSession(sight: Queryable, sessionUid: string): Promise<string[]> {
  const rows = await sight.query<{ grantId: string | null }>(sql`
    select given.value->>'grantId' as grant_id
    from oauth_model, jsonb_each(payload->'authorizations') given
    where model = 'Session' and uid = ${sessionUid}`);
  return rows.flatMap(({ grantId }) => (grantId === null ? [] : [grantId]));
}

/**
 * Deletes a person's sessions, grants, codes and refresh tokens (index oauth_model_account), and signing in that is
 * half done, except for one session and its grants. Returns the ids of the grants that are gone.
 */
export async function deleteAccess(
  sight: Queryable,
  userId: number,
  kept: Readonly<{ sessionUid: string | null; grantIds: readonly string[] }>,
): Promise<string[]> {
  const accountId = String(userId);
  await sight.query(sql`
    delete from oauth_model
    where model = 'Interaction'
      and ${accountId} in (payload#>>'{result,login,accountId}', payload#>>'{session,accountId}')
      and coalesce(payload#>>'{session,uid}', '') is distinct from ${kept.sessionUid}`);
  const rows = await sight.query<{ grantId: string | null }>(sql`
    delete from oauth_model
    where payload ? 'accountId'
      and payload->>'accountId' = ${accountId}
      and not (model = 'Session' and coalesce(uid, '') is not distinct from ${kept.sessionUid})
      and not (coalesce(case model when 'Grant' then id else grant_id end, '') = any(${kept.grantIds}))
    returning case model when 'Grant' then id else grant_id end as grant_id`);
  return [...new Set(rows.flatMap(({ grantId }) => (grantId === null ? [] : [grantId])))];
}

/**
 * Holds a person's row to the end of the transaction, so that what ends their access and what begins or widens it wait
 * for each other. False when the account is closed or gone.
 */
export async function holdPerson(sight: Queryable, userId: number): Promise<boolean> {
  const rows = await sight.query(
    sql`select id from app_user where id = ${userId} and active for no key update`,
  );
  return rows.length === 1;
}

/** When a person's access was ended last; undefined when it never was, or so long ago that nothing is left of before. */
export async function findAccessEnded(
  sight: Queryable,
  userId: number,
  now: Date,
): Promise<Readonly<{ endedAt: Date; firstSecond: number }> | undefined> {
  const found = await findModel(sight, 'AccessEnded', String(userId), now);
  return found && { endedAt: new Date(Number(found.payload.endedAt)), firstSecond: Number(found.payload.at) };
}

/** Notes that a session was ended, in case a request that was under way at that moment stores it again. */
export async function noteSessionEnded(sight: Queryable, sessionUid: string, until: Date): Promise<void> {
  await upsertModel(sight, {
    model: 'SessionEnded',
    id: sessionUid,
    payload: {},
    grantId: null,
    uid: null,
    expiresAt: until,
  });
}

/** Notes when a person's access was ended, for sessions that were being stored at that moment (see oauth-models.ts). */
export async function noteAccessEnded(
  sight: Queryable,
  userId: number,
  { at, keptSessionUid, until }: Readonly<{ at: Date; keptSessionUid: string | null; until: Date }>,
): Promise<void> {
  // Sessions know the second of their sign-in only: those of this very second count as before.
  const payload = { at: Math.floor(at.getTime() / 1000) + 1, endedAt: at.getTime(), keptSessionUid };
  await upsertModel(sight, {
    model: 'AccessEnded',
    id: String(userId),
    payload,
    grantId: null,
    uid: null,
    expiresAt: until,
  });
}
