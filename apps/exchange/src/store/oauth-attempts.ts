/** Counts of attempts that can be guesses, by keys that tell nobody anything. System role only. */
import { SEALED_FOR, type SealedSight } from '../access/sealing.ts';
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

/** A count: how many since when, and until when nothing more is looked at. */
export type AttemptCount = Readonly<{ failures: number; since: Date; lockedUntil: Date | null }>;

/**
 * The count of a key with its row locked to the end of the transaction, so that of attempts at the same moment each
 * sees the one before it. A key that nobody counted yet starts with nothing at `now`.
 */
export async function holdCount(sight: Queryable, key: string, now: Date): Promise<AttemptCount> {
  const [row] = await sight.query<AttemptCount>(sql`
    insert into sign_in_attempt (key, failures, since) values (${key}, 0, ${now})
    on conflict (key) do update set key = excluded.key
    returning failures, since, locked_until`);
  return row!;
}

/** The count of a key as it is now, without holding it. */
export async function readCount(sight: Queryable, key: string): Promise<AttemptCount | undefined> {
  const [row] = await sight.query<AttemptCount>(sql`
    select failures, since, locked_until from sign_in_attempt where key = ${key}`);
  return row;
}

/** Writes a count that is held. */
export async function saveCount(
  sight: Queryable,
  key: string,
  { failures, since, lockedUntil }: AttemptCount,
): Promise<void> {
  await sight.query(sql`
    update sign_in_attempt set failures = ${failures}, since = ${since}, locked_until = ${lockedUntil}
    where key = ${key}`);
}

export async function forgetCount(sight: Queryable, key: string): Promise<void> {
  await sight.query(sql`delete from sign_in_attempt where key = ${key}`);
}

/** Forgets counts that began before a time and close nothing any more (index sign_in_attempt_since). */
export async function purgeCounts(sight: Queryable, before: Date, now: Date): Promise<void> {
  await sight.query(sql`
    delete from sign_in_attempt where since < ${before} and (locked_until is null or locked_until < ${now})`);
}

/**
 * An address in the case in which accounts are compared. The database decides, because its idea of lower case is what
 * finds an account, and differs from JavaScript's in a few letters: each of them would be a count of its own.
 */
export async function foldEmail(sight: Queryable, email: string): Promise<string> {
  const [row] = await sight.query<{ folded: string }>(sql`select lower(${email}::text) as folded`);
  return row!.folded;
}

/**
 * Sends an unlock link to the active person of an address, unless one was sent after `lastBefore`. The same work whether
 * there is such a person or not: a mail is sealed for its reader, and for somebody else where there is none.
 */
export async function queueUnlock(
  sight: SealedSight,
  link: Readonly<{ email: string; tokenHash: string; now: Date; expiresAt: Date; lastBefore: Date }>,
  mail: Readonly<{ subject: string; body: string }>,
): Promise<void> {
  const [holder] = await sight.query<{ email: string }>(
    sql`select email from app_user where lower(email) = lower(${link.email}) and active`,
  );
  const body = sight.sealing.seal(mail.body, SEALED_FOR.mail(holder?.email ?? link.email));
  await sight.query(sql`
    with sent as (
      insert into account_link (token_hash, user_id, purpose, email, created_at, expires_at)
      select ${link.tokenHash}::text, u.id, 'unlock', u.email, ${link.now}::timestamptz, ${link.expiresAt}::timestamptz
      from app_user u
      where lower(u.email) = lower(${link.email}) and u.active
        and not exists (
          select from account_link l
          where l.user_id = u.id and l.purpose = 'unlock' and l.created_at > ${link.lastBefore})
      returning email
    )
    insert into mail (recipient, subject, body) select email, ${mail.subject}, ${body} from sent`);
}

/** Whether an unlock link still works. */
export async function isUnlockOpen(sight: Queryable, tokenHash: string, now: Date): Promise<boolean> {
  const rows = await sight.query(sql`
    select 1 as one from account_link
    where token_hash = ${tokenHash} and purpose = 'unlock' and used_at is null and expires_at > ${now}`);
  return rows.length > 0;
}

/** Uses an unlock link, once: whose it is, or undefined when it is unknown, used or too old. */
export async function useUnlock(
  sight: Queryable,
  tokenHash: string,
  now: Date,
): Promise<{ userId: number; email: string } | undefined> {
  const [row] = await sight.query<{ userId: number; email: string }>(sql`
    update account_link l set used_at = ${now}
    where l.token_hash = ${tokenHash} and l.purpose = 'unlock' and l.used_at is null and l.expires_at > ${now}
    returning l.user_id, l.email`);
  return row;
}
