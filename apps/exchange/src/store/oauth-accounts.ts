/** People as the authorization server sees them: who signs in, and what a token may say of them. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type Credentials = {
  userId: number;
  passwordHash: string | null;
  active: boolean;
  /** The address was proved. Nobody signs in with a password before: whoever set it may be somebody else. */
  emailVerified: boolean;
};

/** The login of an address, compared without case (index app_user_email). */
export async function findCredentials(sight: Queryable, email: string): Promise<Credentials | undefined> {
  const [row] = await sight.query<Credentials>(sql`
    select id as user_id, password_hash, active, email_verified from app_user where lower(email) = lower(${email})`);
  return row;
}

export type Account = {
  userId: number;
  /** Null for a login that was made for a record in an organization's keeping. */
  email: string | null;
  /** It was proved to be theirs. */
  emailVerified: boolean;
  firstName: string;
  lastName: string;
  /** Null in a session that came from a link. */
  practitionerId: number | null;
  /** The record that the session is about: a link's, or the first of those that the person keeps. */
  patientId: number | null;
};

/**
 * A person by user id; a deactivated one is not there. `grantId`: the session. One that came from an invitation link, as
 * long as the person has not said that it is theirs, knows the link's record alone, while its organization keeps it.
 */
export async function findAccount(
  sight: Queryable,
  userId: number,
  grantId: string | null = null,
): Promise<Account | undefined> {
  const [row] = await sight.query<Account>(sql`
    select u.id as user_id, u.email, u.email_verified, u.first_name, u.last_name,
      case when l.grant_id is null then pr.id end as practitioner_id,
      case
        when l.grant_id is not null then (
          select p.id from patient p
          where p.id = l.patient_id and p.keeper_organization_id = l.organization_id and l.user_id = u.id)
        when u.email_verified then (
          select p.id from patient p
          where p.user_id = u.id and p.keeper_organization_id is null
          order by p.absorbed_into is not null, p.id limit 1)
      end as patient_id
    from app_user u
    left join practitioner pr on pr.user_id = u.id
    left join link_session l on l.grant_id = ${grantId} and l.allowed_at is null
    where u.id = ${userId} and u.active`);
  return row;
}

/** An account that somebody can sign in to: it has an address. */
export type AccountWithAddress = Account & { email: string };
export const hasAddress = (account: Account): account is AccountWithAddress => account.email !== null;

/** Notes when somebody signed in; true when the login's address was proved. */
export async function recordSignIn(sight: Queryable, userId: number, at: Date): Promise<boolean> {
  const [row] = await sight.query<{ emailVerified: boolean }>(sql`
    update app_user set last_login_at = ${at} where id = ${userId} returning email_verified`);
  return row?.emailVerified ?? false;
}

/**
 * Makes a login with a password for somebody who has just proved the address; undefined when somebody has it already.
 */
export async function addPatientLogin(
  sight: Queryable,
  { email, passwordHash }: { email: string; passwordHash: string },
): Promise<number | undefined> {
  const [user] = await sight.query<{ id: number }>(sql`
    insert into app_user (email, password_hash, user_type, email_verified)
    values (${email}, ${passwordHash}, 'patient', true)
    on conflict (lower(email)) do nothing
    returning id`);
  return user?.id;
}

export type NewPractitioner = Readonly<{
  email: string;
  given: string;
  family: string;
  superuser: boolean;
  passwordHash: string;
  /** Whether the address is known to be theirs. */
  emailVerified: boolean;
}>;

/** Makes a practitioner with a password and returns the user id; undefined when somebody has the address already. */
export async function addPractitioner(
  sight: Pick<Sight, 'query'>,
  { email, given, family, superuser, passwordHash, emailVerified }: NewPractitioner,
): Promise<number | undefined> {
  const [user] = await sight.query<{ id: number }>(sql`
    insert into app_user (email, password_hash, first_name, last_name, user_type, email_verified, superuser)
    values (${email}, ${passwordHash}, ${given}, ${family}, 'practitioner', ${emailVerified}, ${superuser})
    on conflict (lower(email)) do nothing
    returning id`);
  if (!user) return undefined;
  await sight.query(sql`
    insert into practitioner (user_id, name_given, name_family) values (${user.id}, ${given || null}, ${family || null})`);
  return user.id;
}
