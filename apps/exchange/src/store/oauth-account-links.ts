/** Links that are sent by e-mail: each works once, for the address that it was sent to. System role only. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type LinkPurpose = 'verify-email' | 'reset-password' | 'unlock';

export type LinkHolder = { userId: number; email: string; emailVerified: boolean };

export type NewLink = Readonly<{
  tokenHash: string;
  userId: number;
  purpose: LinkPurpose;
  email: string;
  sentAt: Date;
  expiresAt: Date;
}>;

/** Keeps a link; those of whomever that are over for a day are removed on the way (index account_link_expires). */
export async function insertLink(sight: Queryable, link: NewLink): Promise<void> {
  await sight.query(sql`
    insert into account_link (token_hash, user_id, purpose, email, created_at, expires_at)
    values (${link.tokenHash}, ${link.userId}, ${link.purpose}, ${link.email}, ${link.sentAt}, ${link.expiresAt})`);
  await sight.query(
    sql`delete from account_link where expires_at < ${link.sentAt}::timestamptz - interval '1 day'`,
  );
}

/** Whose link this is, while it can be used: not used, not expired, and the address is still theirs. */
export async function findLink(
  sight: Queryable,
  { tokenHash, purpose, now }: { tokenHash: string; purpose: LinkPurpose; now: Date },
): Promise<LinkHolder | undefined> {
  const [row] = await sight.query<LinkHolder>(sql`
    select u.id as user_id, u.email, u.email_verified
    from account_link l
    join app_user u on u.id = l.user_id
    where l.token_hash = ${tokenHash}
      and l.purpose = ${purpose}
      and l.used_at is null
      and l.expires_at > ${now}
      and u.active
      and lower(u.email) = lower(l.email)`);
  return row;
}

/** The same, and uses it up: of two at once only one gets it. */
export async function takeLink(
  sight: Queryable,
  { tokenHash, purpose, now }: { tokenHash: string; purpose: LinkPurpose; now: Date },
): Promise<LinkHolder | undefined> {
  const [row] = await sight.query<LinkHolder>(sql`
    update account_link l set used_at = ${now}
    from app_user u
    where l.token_hash = ${tokenHash}
      and l.purpose = ${purpose}
      and l.used_at is null
      and l.expires_at > ${now}
      and u.id = l.user_id
      and u.active
      and lower(u.email) = lower(l.email)
    returning u.id as user_id, u.email, u.email_verified`);
  return row;
}

/** Ends every link that was mailed to a person and not used yet (index account_link_user). */
export async function deleteAllLinks(sight: Queryable, userId: number): Promise<void> {
  await sight.query(sql`delete from account_link where user_id = ${userId} and used_at is null`);
}

/** Ends a person's other links of a purpose (index account_link_user). */
export async function deleteLinks(sight: Queryable, userId: number, purpose: LinkPurpose): Promise<void> {
  await sight.query(
    sql`delete from account_link where user_id = ${userId} and purpose = ${purpose} and used_at is null`,
  );
}
