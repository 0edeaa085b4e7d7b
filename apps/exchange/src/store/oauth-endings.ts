/** Ends what people and clients may do, for commands and routes that have no provider at hand. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import { deleteAccess } from './oauth-access.ts';

type Queryable = Pick<Sight, 'query'>;

/** Access tokens live a day at most, so what ends them is listed for so long. */
const LISTED_SECONDS = 24 * 60 * 60;

/** Lists grants whose access tokens are good no more. */
async function listRevoked(sight: Queryable, ids: readonly string[], now: Date): Promise<void> {
  const until = new Date(now.getTime() + LISTED_SECONDS * 1000);
  await sight.query(sql`
    insert into oauth_model (model, id, payload, expires_at)
    select 'Revocation', id, '{}', ${until} from unnest(${ids}::text[]) id
    on conflict (model, id) do update set expires_at = excluded.expires_at`);
}

/** Closes or opens an account. Closing ends every session and everything granted. False when nobody has the address. */
export async function setActive(
  sight: Queryable,
  email: string,
  isActive: boolean,
  now: Date,
): Promise<{ userId: number } | undefined> {
  const [user] = await sight.query<{ userId: number }>(sql`
    update app_user set active = ${isActive} where lower(email) = lower(${email}) returning id as user_id`);
  if (user && !isActive) {
    await listRevoked(sight, await deleteAccess(sight, user.userId, { sessionUid: null, grantIds: [] }), now);
  }
  return user;
}

/**
 * Removes a client with its links and invitations; false when there is none. What was issued to it ends with it
 * (database/rule/08_client_removal.sql).
 */
export async function removeClient(sight: Queryable, clientId: string): Promise<boolean> {
  const rows = await sight.query(sql`delete from client where client_id = ${clientId} returning id`);
  return rows.length === 1;
}

/** Until when it is remembered that access was ended: nothing that began before lives as long. */
const REMEMBERED_SECONDS = 366 * 24 * 60 * 60;

/**
 * Signs everybody out everywhere: sessions, grants, codes, refresh tokens, signing in that is half done, codes and links
 * that were mailed. Access tokens of what was granted are listed as revoked. The counts are of people and of grants.
 */
export async function endAllSessions(
  sight: Queryable,
  now: Date,
): Promise<{ people: number; grants: number }> {
  // Whatever is being stored at this moment waits, and is then from before.
  await sight.query(sql`lock table oauth_model in share row exclusive mode`);
  const until = new Date(now.getTime() + REMEMBERED_SECONDS * 1000);
  const people = await sight.query(sql`
    insert into oauth_model (model, id, payload, expires_at)
    select distinct 'AccessEnded', payload->>'accountId',
      jsonb_build_object('at', ${Math.floor(now.getTime() / 1000) + 1}::bigint, 'endedAt', ${now.getTime()}::bigint,
        'keptSessionUid', null),
      ${until}::timestamptz
    from oauth_model
    where payload ? 'accountId' and model in ('Session', 'Grant')
    on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at
    returning id`);
  const ended = await sight.query<{ model: string; id: string }>(sql`
    delete from oauth_model
    where model not in ('AccessEnded', 'SessionEnded', 'Revocation', 'ReplayDetection', 'SamlAssertion')
    returning model, id`);
  const grants = ended.filter(({ model }) => model === 'Grant').map(({ id }) => id);
  await listRevoked(sight, grants, now);
  await sight.query(sql`delete from sign_in_code`);
  await sight.query(sql`update account_link set used_at = ${now} where used_at is null`);
  return { people: people.length, grants: grants.length };
}
