/** Where a person is signed in, which applications they entered, and which may come back without them. System role. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type SessionRow = {
  uid: string;
  amr: string[] | null;
  userAgent: string | null;
  signedInAt: Date;
  usedAt: Date | null;
  /** Names of the clients that were entered in it. */
  clients: string[];
};

/**
 * A person's sessions that have not expired by `now`, the one used last first (index oauth_model_account). The client
 * `unnamed` is not named among those that were entered.
 */
export async function listSessions(
  sight: Queryable,
  { userId, now, unnamed }: Readonly<{ userId: number; now: Date; unnamed: string }>,
): Promise<SessionRow[]> {
  return sight.query<SessionRow>(sql`
    select s.uid, s.payload->'amr' as amr, s.payload->>'userAgent' as user_agent,
      to_timestamp((s.payload->>'loginTs')::bigint) as signed_in_at,
      to_timestamp((s.payload->>'usedAt')::bigint) as used_at,
      array(
        select c.name from client c
        where c.client_id in (select jsonb_object_keys(coalesce(s.payload->'authorizations', '{}')))
          and c.client_id <> ${unnamed}
        order by c.name
      ) as clients
    from oauth_model s
    where s.model = 'Session'
      and s.payload ? 'accountId'
      and s.payload->>'accountId' = ${String(userId)}
      and s.expires_at > ${now}
    order by used_at desc nulls last, signed_in_at desc`);
}

/** Deletes one session of a person, with what of it is half done; false when it is not theirs. */
export async function deleteSession(sight: Queryable, userId: number, sessionUid: string): Promise<boolean> {
  await sight.query(sql`
    delete from oauth_model
    where model = 'Interaction'
      and payload#>>'{session,uid}' = ${sessionUid}
      and payload#>>'{session,accountId}' = ${String(userId)}`);
  const rows = await sight.query(sql`
    delete from oauth_model
    where model = 'Session' and uid = ${sessionUid} and payload->>'accountId' = ${String(userId)}
    returning id`);
  return rows.length > 0;
}

export type LastingAccess = {
  grantId: string;
  clientName: string;
  /** When it was given. */
  since: Date;
  /** When the client last came back for a new access token. */
  usedAt: Date;
  scope: string;
  /** What the client gets when its scope names no records. */
  defaultScopes: string;
  /** Names of studies that the client does not use and that the person showed it. */
  shownStudies: string[];
};

/** Grants of a person under which a client holds a refresh token that works, the newest first. */
export async function listLastingAccess(
  sight: Queryable,
  userId: number,
  now: Date,
): Promise<LastingAccess[]> {
  return sight.query<LastingAccess>(sql`
    select distinct on (g.id) g.id as grant_id, coalesce(c.name, g.payload->>'clientId') as client_name,
      to_timestamp((g.payload->>'iat')::bigint) as since, to_timestamp((r.payload->>'iat')::bigint) as used_at,
      coalesce(r.payload->>'scope', '') as scope, coalesce(c.default_scopes, '') as default_scopes,
      array(
        select s.name from shown_study h join study s on s.id = h.study_id
        where h.grant_id = g.id
        order by s.name, s.id
      ) as shown_studies
    from oauth_model r
    join oauth_model g on g.model = 'Grant' and g.id = r.grant_id
    left join client c on c.client_id = g.payload->>'clientId'
    where r.model = 'RefreshToken'
      and r.payload ? 'accountId'
      and r.payload->>'accountId' = ${String(userId)}
      and r.consumed_at is null
      and r.expires_at > ${now}
      and g.payload->>'accountId' = ${String(userId)}
    order by g.id, used_at desc`);
}

/** Deletes everything issued under a grant of a person; false when the grant is not theirs. The grant itself stays. */
export async function deleteIssuedUnder(sight: Queryable, userId: number, grantId: string): Promise<boolean> {
  const [grant] = await sight.query(sql`
    select id from oauth_model
    where model = 'Grant' and id = ${grantId} and payload->>'accountId' = ${String(userId)}
    for update`);
  if (!grant) return false;
  await sight.query(sql`delete from oauth_model where grant_id = ${grantId}`);
  return true;
}

export type Voucher = {
  kind: 'ehr' | 'saml' | 'oidc';
  issuer: string;
  createdAt: Date;
  lastUsedAt: Date | null;
};

/** Organizations that vouch for a person (index external_identity_user). */
export async function listVouchers(sight: Queryable, userId: number): Promise<Voucher[]> {
  return sight.query<Voucher>(sql`
    select kind, issuer, created_at, last_used_at from external_identity
    where user_id = ${userId} order by created_at, id`);
}
