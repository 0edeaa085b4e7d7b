/** People as their account pages know them: address, password, what proves that it is them. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import type { DefaultMembership } from '../domain/default-memberships.ts';

type Queryable = Pick<Sight, 'query'>;

export type Holder = {
  userId: number;
  /** As it stands in the account, whatever was typed. */
  email: string;
  emailVerified: boolean;
  /** A patient and nothing else: no practitioner, no superuser. */
  onlyPatient: boolean;
  /** Somebody else decides whether this person may sign in: an institution, and there is no password here. */
  onlyElsewhere: boolean;
};

/** The active account of an address, compared without case (index app_user_email). */
export async function findHolder(sight: Queryable, email: string): Promise<Holder | undefined> {
  const [row] = await sight.query<Holder>(sql`
    select u.id as user_id, u.email, u.email_verified,
      coalesce(u.user_type = 'patient', false)
        and not u.superuser
        and not exists (select from practitioner pr where pr.user_id = u.id) as only_patient,
      u.password_hash is null
        and exists (select from external_identity e where e.user_id = u.id and e.kind <> 'ehr')
        and not exists (select from patient pa where pa.user_id = u.id) as only_elsewhere
    from app_user u
    where lower(u.email) = lower(${email}) and u.active`);
  return row;
}

/** The hash of a person's password; null without one. */
export async function findPasswordHash(sight: Queryable, userId: number): Promise<string | null> {
  const [row] = await sight.query<{ passwordHash: string | null }>(
    sql`select password_hash from app_user where id = ${userId} and active`,
  );
  return row?.passwordHash ?? null;
}

export async function setPassword(sight: Queryable, userId: number, passwordHash: string): Promise<void> {
  await sight.query(sql`update app_user set password_hash = ${passwordHash} where id = ${userId}`);
}

/** Notes that the address is this person's; true when that was not known before. */
export async function markVerified(sight: Queryable, userId: number): Promise<boolean> {
  const rows = await sight.query(
    sql`update app_user set email_verified = true where id = ${userId} and not email_verified returning id`,
  );
  return rows.length === 1;
}

/** The address as the account that has it writes it, whether or not anybody may sign in to that account. */
export async function findTakenAddress(sight: Queryable, email: string): Promise<string | undefined> {
  const [row] = await sight.query<{ email: string }>(
    sql`select email from app_user where lower(email) = lower(${email})`,
  );
  return row?.email;
}

/**
 * Puts a proved address in the place of another: the one statement that changes an address. False when the account has
 * another one by now, or one that was never proved. Fails by the unique key when somebody else has the new one
 * (`isTakenAddress`): of two at once one gets it.
 */
export async function changeAddress(
  sight: Queryable,
  { userId, from, to }: Readonly<{ userId: number; from: string; to: string }>,
): Promise<boolean> {
  const rows = await sight.query(sql`
    update app_user set email = ${to}
    where id = ${userId} and active and email_verified and email = ${from}
    returning id`);
  return rows.length === 1;
}

/** Whether the database refused because somebody has the address (unique_violation of app_user_email). */
export const isTakenAddress = (error: unknown): boolean => {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === '23505' && constraint === 'app_user_email';
};

/** Removes every way to sign in that is not the address itself. An EHR's word about somebody is the operator's to give. */
export async function removeCredentials(sight: Queryable, userId: number): Promise<void> {
  await sight.query(sql`update app_user set password_hash = null where id = ${userId}`);
  await sight.query(sql`delete from passkey where user_id = ${userId}`);
  await sight.query(sql`delete from authenticator where user_id = ${userId}`);
  await sight.query(sql`delete from recovery_code where user_id = ${userId}`);
  await sight.query(sql`delete from external_identity where user_id = ${userId} and kind <> 'ehr'`);
}

/** Makes the new practitioner a member; organizations that are not there are passed over. */
export async function addDefaultMemberships(
  sight: Queryable,
  userId: number,
  memberships: readonly DefaultMembership[],
): Promise<void> {
  for (const { organizationId, role } of memberships) {
    await sight.query(sql`
      insert into membership (practitioner_id, organization_id, role)
      select pr.id, o.id, ${role}
      from practitioner pr, organization o
      where pr.user_id = ${userId} and o.id = ${organizationId}
      on conflict do nothing`);
  }
}
