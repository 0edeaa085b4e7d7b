/** Mail that waits to be sent. System role only: nobody signed in can read it. */
import { SEALED_FOR, type SealedSight, type Sealing } from '../access/sealing.ts';
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

/** A mail as plain text; lines of the body are separated by a newline. No health data goes into mail. */
export type NewMail = Readonly<{ recipient: string; subject: string; body: string }>;

/**
 * Writes a mail in the transaction of the deed that it tells about; it is sent after that has ended well. While it waits
 * its text is sealed: there are links and codes in it that work. The subject is not, and holds none.
 */
export async function queueMail(sight: SealedSight, { recipient, subject, body }: NewMail): Promise<void> {
  const sealed = sight.sealing.seal(body, SEALED_FOR.mail(recipient));
  await sight.query(
    sql`insert into mail (recipient, subject, body) values (${recipient}, ${subject}, ${sealed})`,
  );
}

/** The text of a mail as its reader gets it; null when the key that sealed it is not here, or it is to somebody else. */
function openBody(sealing: Sealing, { recipient, body }: NewMail): string | null {
  try {
    return sealing.open(body, SEALED_FOR.mail(recipient));
  } catch {
    // One that cannot be opened must not keep those behind it.
    return null;
  }
}

/** A mail whose text is null when it cannot be opened. */
type KeptMail = Omit<NewMail, 'body'> & Readonly<{ body: string | null; id: number; createdAt: Date }>;

/** A mail that this server is to send now; `attempts` counts this one. */
export type ClaimedMail = KeptMail & Readonly<{ attempts: number }>;

/**
 * Takes the mail that has waited longest, if one is due and was tried less than `mostAttempts` times. Nobody else takes
 * it before `until`: by then its sending has ended, or its server has. Rows that another server is just taking are
 * passed over (index mail_waiting).
 */
export async function claimMail(
  sight: SealedSight,
  { now, until, mostAttempts }: { now: Date; until: Date; mostAttempts: number },
): Promise<ClaimedMail | undefined> {
  const [row] = await sight.query<ClaimedMail & NewMail>(sql`
    update mail set attempts = attempts + 1, next_attempt_at = ${until}
    where id = (
      select w.id from mail w
      where w.sent_at is null and w.next_attempt_at <= ${now} and w.attempts < ${mostAttempts}
      order by w.next_attempt_at, w.id
      limit 1
      for update skip locked)
    returning id, recipient, subject, body, created_at, attempts`);
  return row && { ...row, body: openBody(sight.sealing, row) };
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

export type OutboxMail = KeptMail;

/** The mail written last, newest first. */
export async function listLatestMail(sight: SealedSight, most: number): Promise<OutboxMail[]> {
  const rows = await sight.query<OutboxMail & NewMail>(sql`
    select id, recipient, subject, body, created_at from mail order by id desc limit ${most}`);
  return rows.map((row) => ({ ...row, body: openBody(sight.sealing, row) }));
}
