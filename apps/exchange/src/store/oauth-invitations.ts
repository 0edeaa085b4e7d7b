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
};

/** The invitation of a token's hash with its row locked, so that of two redemptions one waits for the other. */
export async function lockInvitation(
  sight: Queryable,
  tokenHash: string,
): Promise<InvitationRow | undefined> {
  const [row] = await sight.query<InvitationRow>(sql`
    select i.id, i.status, i.issued_at, i.redeemed_at, c.client_id, i.patient_id, u.id as user_id, u.active,
      coalesce(u.superuser, false) or exists (select from practitioner pr where pr.user_id = u.id) as privileged
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
