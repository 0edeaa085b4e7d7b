/** Who somebody from elsewhere is here (system role, reason `token-exchange`). */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type ExchangedPerson = { userId: number; active: boolean; isPractitioner: boolean };

/**
 * The people that an issuer means by a name (unique key of external_identity). Where nobody is linked to it and
 * `orIdentifier`, those whose identifier it is (index app_user_identifier), but nobody who is linked to an EHR: such a
 * link says which name counts, and at which issuer.
 */
export function findExchangedPeople(
  sight: Queryable,
  { issuer, subject, orIdentifier }: { issuer: string; subject: string; orIdentifier: boolean },
): Promise<ExchangedPerson[]> {
  return sight.query<ExchangedPerson>(sql`
    with linked as (
      select user_id from external_identity
      where kind = 'ehr' and issuer = any(${[issuer, `${issuer}/`]}) and subject = ${subject})
    select u.id as user_id, u.active, exists (select from practitioner pr where pr.user_id = u.id) as is_practitioner
    from app_user u
    where u.id in (select user_id from linked)
      or (${orIdentifier}::boolean and not exists (select from linked)
        and u.identifier <> '' and u.identifier = ${subject}
        and not exists (select from external_identity e where e.user_id = u.id and e.kind = 'ehr'))
    limit 2`);
}

/** Remembers when a link was last of use. */
export async function touchExternalIdentity(
  sight: Queryable,
  { issuer, subject, at }: { issuer: string; subject: string; at: Date },
): Promise<void> {
  await sight.query(sql`
    update external_identity set last_used_at = ${at}
    where kind = 'ehr' and issuer = any(${[issuer, `${issuer}/`]}) and subject = ${subject}`);
}
