/** People as the authorization server sees them: who signs in, and what a token may say of them. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type Credentials = { userId: number; passwordHash: string | null; active: boolean };

/** The login of an address, compared without case (index app_user_email). */
export async function findCredentials(sight: Queryable, email: string): Promise<Credentials | undefined> {
  const [row] = await sight.query<Credentials>(sql`
    select id as user_id, password_hash, active from app_user where lower(email) = lower(${email})`);
  return row;
}

export type Account = {
  userId: number;
  email: string;
  emailVerified: boolean;
  firstName: string;
  lastName: string;
  practitionerId: number | null;
  patientId: number | null;
};

/** A person by user id; a deactivated one is not there. */
export async function findAccount(sight: Queryable, userId: number): Promise<Account | undefined> {
  const [row] = await sight.query<Account>(sql`
    select u.id as user_id, u.email, u.email_verified, u.first_name, u.last_name, pr.id as practitioner_id,
      pa.id as patient_id
    from app_user u
    left join practitioner pr on pr.user_id = u.id
    left join patient pa on pa.user_id = u.id
    where u.id = ${userId} and u.active`);
  return row;
}

export async function recordSignIn(sight: Queryable, userId: number, at: Date): Promise<void> {
  await sight.query(sql`update app_user set last_login_at = ${at} where id = ${userId}`);
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
