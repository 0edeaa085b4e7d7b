/** Mail that waits to be sent. System role only: nobody signed in can read it. */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

/** A mail as plain text; lines of the body are separated by a newline. No health data goes into mail. */
export type NewMail = Readonly<{ recipient: string; subject: string; body: string }>;

/** Writes a mail in the transaction of the deed that it tells about; it is sent after that has ended well. */
export async function queueMail(sight: Queryable, { recipient, subject, body }: NewMail): Promise<void> {
  await sight.query(
    sql`insert into mail (recipient, subject, body) values (${recipient}, ${subject}, ${body})`,
  );
}

/** A mail that this server is to send now; `attempts` counts this one. */
export type ClaimedMail = NewMail & Readonly<{ id: number; createdAt: Date; attempts: number }>;

/**
 * Takes the mail that has waited longest, if one is due and was tried less than `mostAttempts` times. Nobody else takes
 * it before `until`: by then its sending has ended, or its server has. Rows that another server is just taking are
 * passed over (index mail_waiting).
 */
export async function claimMail(
  sight: Queryable,
  { now, until, mostAttempts }: { now: Date; until: Date; mostAttempts: number },
): Promise<ClaimedMail | undefined> {
  const [row] = await sight.query<ClaimedMail>(sql`
    update mail set attempts = attempts + 1, next_attempt_at = ${until}
    where id = (
      select w.id from mail w
      where w.sent_at is null and w.next_attempt_at <= ${now} and w.attempts < ${mostAttempts}
      order by w.next_attempt_at, w.id
      limit 1
      for update skip locked)
    returning id, recipient, subject, body, created_at, attempts`);
  return row;
}

/** Says that a mail was sent. Its text is forgotten: the links in it work for whoever reads them. */
export async function recordSent(sight: Queryable, id: number, at: Date): Promise<void> {
  await sight.query(sql`update mail set sent_at = ${at}, last_error = null, body = '' where id = ${id}`);
}

/**
 * Says why a mail was not sent, in a few words without an address, and when to try again. Without a time that is never,
 * and its text is forgotten.
 */
export async function recordFailure(
  sight: Queryable,
  id: number,
  { error, retryAt }: { error: string; retryAt: Date | null },
): Promise<void> {
  await sight.query(sql`
    update mail
    set last_error = ${error}, next_attempt_at = coalesce(${retryAt}::timestamptz, 'infinity'),
      body = case when ${retryAt}::timestamptz is null then '' else body end
    where id = ${id}`);
}

/** Removes mail that was written before a time, sent or not: its links have expired, and it says who wrote to whom. */
export async function purgeMail(sight: Queryable, before: Date): Promise<void> {
  await sight.query(sql`delete from mail where created_at < ${before}`);
}

export type OutboxMail = NewMail & Readonly<{ id: number; createdAt: Date }>;

/** The mail written last, newest first. */
export function listLatestMail(sight: Queryable, most: number): Promise<OutboxMail[]> {
  return sight.query<OutboxMail>(sql`
    select id, recipient, subject, body, created_at from mail order by id desc limit ${most}`);
}
