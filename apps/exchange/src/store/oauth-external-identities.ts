/** Who people of this exchange are elsewhere. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import type { Assertion, KnownPerson } from '../domain/external-sign-in.ts';
import type { IdentityProviderKind } from '../domain/identity-provider.ts';

type Queryable = Pick<Sight, 'query'>;

/** The account that an institution's name for somebody belongs to (unique issuer and subject). */
export async function findLinkedPerson(
  sight: Queryable,
  kind: IdentityProviderKind,
  issuer: string,
  subject: string,
): Promise<KnownPerson | undefined> {
  const [row] = await sight.query<KnownPerson>(sql`
    select u.id as user_id, u.active, u.superuser, u.email_verified,
      exists (select from practitioner pr where pr.user_id = u.id) as is_practitioner,
      (exists (select from patient pa where pa.user_id = u.id) or coalesce(u.user_type = 'patient', false)) as is_patient
    from external_identity e
    join app_user u on u.id = e.user_id
    where e.issuer = ${issuer} and e.subject = ${subject} and e.kind = ${kind}`);
  return row;
}

/** The account of an address, compared without case (index app_user_email); locked until the transaction ends. */
export async function findPersonByEmail(sight: Queryable, email: string): Promise<KnownPerson | undefined> {
  const [row] = await sight.query<KnownPerson>(sql`
    select u.id as user_id, u.active, u.superuser, u.email_verified,
      exists (select from practitioner pr where pr.user_id = u.id) as is_practitioner,
      (exists (select from patient pa where pa.user_id = u.id) or coalesce(u.user_type = 'patient', false)) as is_patient
    from app_user u
    where lower(u.email) = lower(${email})
    for update of u`);
  return row;
}

type Identity = Readonly<{ kind: IdentityProviderKind; issuer: string; subject: string }>;

/** Stores that this person is that one elsewhere; false when somebody else is already. */
export async function linkIdentity(
  sight: Queryable,
  userId: number,
  { kind, issuer, subject }: Identity,
  at: Date,
): Promise<boolean> {
  const rows = await sight.query(sql`
    insert into external_identity (user_id, kind, issuer, subject, last_used_at)
    values (${userId}, ${kind}, ${issuer}, ${subject}, ${at})
    on conflict (issuer, subject) do nothing
    returning id`);
  return rows.length === 1;
}

export async function touchIdentity(
  sight: Queryable,
  { kind, issuer, subject }: Identity,
  at: Date,
): Promise<void> {
  await sight.query(sql`
    update external_identity set last_used_at = ${at}
    where issuer = ${issuer} and subject = ${subject} and kind = ${kind}`);
}

/**
 * Makes a practitioner without a password for whom an institution vouches, the address proved; undefined when somebody
 * got the address meanwhile. The institution's name for them is kept as its own (`linkIdentity`), and is nobody else's:
 * an EHR that uses the same word means somebody else by it.
 */
export async function addVouchedPractitioner(
  sight: Queryable,
  email: string,
  { firstName, lastName }: Pick<Assertion, 'firstName' | 'lastName'>,
): Promise<number | undefined> {
  const [user] = await sight.query<{ id: number }>(sql`
    insert into app_user (email, first_name, last_name, user_type, email_verified)
    values (${email}, ${firstName}, ${lastName}, 'practitioner', true)
    on conflict (lower(email)) do nothing
    returning id`);
  if (!user) return undefined;
  await sight.query(sql`
    insert into practitioner (user_id, name_given, name_family)
    values (${user.id}, ${firstName || null}, ${lastName || null})`);
  return user.id;
}
