/** Redeeming invitations: nobody is signed in, so this is reached through the system role with reason `invitation`. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import type { InvitationStatus } from '../domain/invitation.ts';

type Queryable = Pick<Sight, 'query'>;

export type InvitationRow = {
  id: number;
  status: InvitationStatus;
  issuedAt: Date;
  redeemedAt: Date | null;
  clientId: string;
  patientId: number;
  userId: number | null;
  active: boolean | null;
  /** The person has powers that no invitation may hand out. */
  privileged: boolean;
  /** The person asked for a second factor, which a link is not. */
  hasAuthenticator: boolean;
  asksBirthDate: boolean;
  /** YYYY-MM-DD */
  birthDate: string | null;
  /** Whom the patient is written to, how they are greeted, and what the app is called. */
  email: string | null;
  nameGiven: string | null;
  clientName: string;
};

/** The invitation of a token's hash with its row locked, so that of two redemptions one waits for the other. */
export async function lockInvitation(
  sight: Queryable,
  tokenHash: string,
): Promise<InvitationRow | undefined> {
  const [row] = await sight.query<InvitationRow>(sql`
    select i.id, i.status, i.issued_at, i.redeemed_at, c.client_id, i.patient_id, u.id as user_id, u.active,
      i.asks_birth_date, p.birth_date, u.email, p.name_given, c.name as client_name,
      coalesce(u.superuser, false) or exists (select from practitioner pr where pr.user_id = u.id) as privileged,
      exists (select from authenticator a where a.user_id = u.id and a.confirmed_at is not null) as has_authenticator
    from invitation i
    join client c on c.id = i.client_id
    join patient p on p.id = i.patient_id
    left join app_user u on u.id = p.user_id
    where i.token_hash = ${tokenHash}
    for update of i`);
  return row;
}

export async function expireInvitation(sight: Queryable, id: number, at: Date): Promise<void> {
  await sight.query(sql`update invitation set status = 'expired', last_updated = ${at} where id = ${id}`);
}

/** Counts a wrong birth date, and cancels the invitation with the last one that it bears; true when it did. */
export async function recordWrongBirthDate(
  sight: Queryable,
  id: number,
  { most, at }: { most: number; at: Date },
): Promise<boolean> {
  const [row] = await sight.query<{ cancelled: boolean }>(sql`
    update invitation set birth_date_failures = birth_date_failures + 1, last_updated = ${at},
      status = case when birth_date_failures + 1 >= ${most} then 'cancelled' else status end
    where id = ${id}
    returning status = 'cancelled' as cancelled`);
  return row?.cancelled ?? false;
}

/** The first redemption opens the window; a repetition leaves its time as it is. */
export async function redeemInvitation(sight: Queryable, id: number, at: Date): Promise<void> {
  await sight.query(sql`
    update invitation set status = 'redeemed', redeemed_at = coalesce(redeemed_at, ${at}), last_updated = ${at}
    where id = ${id}`);
}

/** Whoever redeems an invitation has signed in with it. */
export async function recordInvitedSignIn(sight: Queryable, userId: number, at: Date): Promise<void> {
  await sight.query(
    sql`update app_user set last_login_at = ${at}, email_verified = true where id = ${userId}`,
  );
}

/** Settings by key; those that are not set are left out. */
export async function readSettings(sight: Queryable, keys: readonly string[]): Promise<Map<string, unknown>> {
  const rows = await sight.query<{ key: string; value: unknown }>(sql`
    select key, value from setting where key = any(${keys})`);
  return new Map(rows.map(({ key, value }) => [key, value]));
}
