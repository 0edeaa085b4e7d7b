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
