/**
 * Codes to sign in with, one for each visit. A visit's uid is kept by its hash: it is part of what the code's own hash is
 * made of, so that nobody finds the code from here. System role only.
 */
import { createHash } from 'node:crypto';
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

const hashUid = (visitUid: string) => createHash('sha256').update(visitUid).digest('base64url');

export type SignInCode = {
  userId: number | null;
  email: string;
  codeHash: string;
  sentAt: Date;
  expiresAt: Date;
  failures: number;
  usedAt: Date | null;
};

/** Puts a code in the place of the visit's last one; those that are long over are removed on the way. */
export async function replaceCode(
  sight: Queryable,
  visitUid: string,
  code: Pick<SignInCode, 'userId' | 'email' | 'codeHash' | 'sentAt' | 'expiresAt'>,
): Promise<void> {
  await sight.query(sql`
    insert into sign_in_code (visit_uid, user_id, email, code_hash, sent_at, expires_at)
    values (${hashUid(visitUid)}, ${code.userId}, ${code.email}, ${code.codeHash}, ${code.sentAt}, ${code.expiresAt})
    on conflict (visit_uid) do update
    set user_id = excluded.user_id, email = excluded.email, code_hash = excluded.code_hash,
      sent_at = excluded.sent_at, expires_at = excluded.expires_at, failures = 0, used_at = null`);
  await sight.query(
    sql`delete from sign_in_code where expires_at < ${code.sentAt}::timestamptz - interval '1 day'`,
  );
}

/** The visit's code with its row locked, so that of two answers at once one waits for the other. */
export async function lockCode(sight: Queryable, visitUid: string): Promise<SignInCode | undefined> {
  const [row] = await sight.query<SignInCode>(sql`
    select user_id, email, code_hash, sent_at, expires_at, failures, used_at
    from sign_in_code where visit_uid = ${hashUid(visitUid)} for update`);
  return row;
}

export async function countFailure(sight: Queryable, visitUid: string): Promise<void> {
  await sight.query(
    sql`update sign_in_code set failures = failures + 1 where visit_uid = ${hashUid(visitUid)}`,
  );
}

/** Ends every code that was mailed to a person, whatever it was for. */
export async function deleteCodesOf(sight: Queryable, userId: number): Promise<void> {
  await sight.query(sql`delete from sign_in_code where user_id = ${userId}`);
}

export async function useCode(sight: Queryable, visitUid: string, at: Date): Promise<void> {
  await sight.query(sql`update sign_in_code set used_at = ${at} where visit_uid = ${hashUid(visitUid)}`);
}
