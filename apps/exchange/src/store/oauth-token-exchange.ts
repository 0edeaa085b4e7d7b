/** Who somebody from elsewhere is here (system role, reason `token-exchange`). */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type ExchangedPerson = { userId: number; active: boolean; isPractitioner: boolean };

/**
 * The people that an issuer means by a name (unique key of external_identity): those whom the operator linked to it as
 * an EHR's. No other name of theirs counts, wherever it came from.
 */
export function findExchangedPeople(
  sight: Queryable,
  { issuer, subject }: { issuer: string; subject: string },
): Promise<ExchangedPerson[]> {
  return sight.query<ExchangedPerson>(sql`
    select u.id as user_id, u.active, exists (select from practitioner pr where pr.user_id = u.id) as is_practitioner
    from external_identity e
    join app_user u on u.id = e.user_id
    where e.kind = 'ehr' and e.issuer = any(${[issuer, `${issuer}/`]}) and e.subject = ${subject}
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
