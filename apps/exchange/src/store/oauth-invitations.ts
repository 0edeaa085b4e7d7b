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
  /** The organization that gave the link, while it keeps the record; null when the link acts for nobody any more. */
  organizationId: number | null;
  organizationName: string;
  /** Whoever issued it may still give out links of that organization. */
  issuerMay: boolean;
  /** Null for a record without a login. */
  userId: number | null;
  active: boolean | null;
  /** The person has powers that no invitation may hand out. */
  privileged: boolean;
  /** The person asked for a second factor, which a link is not. */
  hasAuthenticator: boolean;
  asksBirthDate: boolean;
  /** YYYY-MM-DD */
  birthDate: string | null;
  /** What the organization typed to write to, and how the patient is greeted there. */
  contactEmail: string | null;
  nameGiven: string | null;
  clientName: string;
};

export type Invited = { patientId: number; userId: number | null };

/** Whose record a token is about, without holding it: the record is held first, then its login, then its invitation. */
export async function findInvited(sight: Queryable, tokenHash: string): Promise<Invited | undefined> {
  const [row] = await sight.query<Invited>(sql`
    select i.patient_id, p.user_id from invitation i join patient p on p.id = i.patient_id
    where i.token_hash = ${tokenHash}`);
  return row;
}

/** The invitation of a token's hash with its row locked, so that of two redemptions one waits for the other. */
export async function lockInvitation(
  sight: Queryable,
  tokenHash: string,
): Promise<InvitationRow | undefined> {
  const [row] = await sight.query<InvitationRow>(sql`
    select i.id, i.status, i.issued_at, i.redeemed_at, c.client_id, i.patient_id, u.id as user_id, u.active,
      i.asks_birth_date, p.birth_date, p.contact_email, p.name_given, c.name as client_name,
      coalesce(o.name, '') as organization_name,
      case when p.keeper_organization_id = i.organization_id then i.organization_id end as organization_id,
      exists (
        select from membership m
        join practitioner pr on pr.id = m.practitioner_id
        join app_user issuer on issuer.id = pr.user_id
        where issuer.id = i.issued_by and issuer.active and issuer.email_verified
          and m.organization_id = i.organization_id and m.role in ('member', 'manager')) as issuer_may,
      coalesce(u.superuser, false) or exists (select from practitioner pr where pr.user_id = u.id) as privileged,
      exists (select from authenticator a where a.user_id = u.id and a.confirmed_at is not null) as has_authenticator
    from invitation i
    join client c on c.id = i.client_id
    join patient p on p.id = i.patient_id
    left join organization o on o.id = i.organization_id
    left join app_user u on u.id = p.user_id
    where i.token_hash = ${tokenHash}
    for update of i`);
  return row;
}

export async function expireInvitation(sight: Queryable, id: number, at: Date): Promise<void> {
  await sight.query(sql`update invitation set status = 'expired', last_updated = ${at} where id = ${id}`);
}

export async function cancelInvitation(sight: Queryable, id: number, at: Date): Promise<void> {
  await sight.query(sql`update invitation set status = 'cancelled', last_updated = ${at} where id = ${id}`);
}

/** Ends every link to the records of a login, also those that could be asked for again. */
export async function cancelInvitationsOf(sight: Queryable, userId: number, at: Date): Promise<void> {
  await sight.query(sql`
    update invitation set status = 'cancelled', last_updated = ${at}
    where status in ('issued', 'redeemed') and patient_id in (select id from patient where user_id = ${userId})`);
}

/** The same, of one record. */
export async function cancelInvitationsTo(sight: Queryable, patientId: number, at: Date): Promise<void> {
  await sight.query(sql`
    update invitation set status = 'cancelled', last_updated = ${at}
    where status in ('issued', 'redeemed') and patient_id = ${patientId}`);
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

/** Whoever redeems an invitation has come in with it. That proves nothing about any address. */
export async function recordInvitedSignIn(sight: Queryable, userId: number, at: Date): Promise<void> {
  await sight.query(sql`update app_user set last_login_at = ${at} where id = ${userId}`);
}

/**
 * Makes a login for a record that has none and returns its id: without an address, a password or powers, so that links
 * are the only way in.
 */
export async function addLoginOfRecord(sight: Queryable, patientId: number): Promise<number> {
  const [user] = await sight.query<{ id: number }>(sql`
    insert into app_user (first_name, last_name, user_type)
    select coalesce(name_given, ''), coalesce(name_family, ''), 'patient' from patient where id = ${patientId}
    returning id`);
  if (!user) throw new Error('a record that is held is gone');
  await sight.query(sql`update patient set user_id = ${user.id} where id = ${patientId}`);
  return user.id;
}
