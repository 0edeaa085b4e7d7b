/** Second factors: apps that show codes (RFC 6238), and recovery codes for when the app is gone. System role only. */
import { SEALED_FOR, type SealedSight } from '../access/sealing.ts';
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

/** `secret` in base32. `lastStep`: the 30-second step whose code was used last; no code of it or before counts again. */
export type Authenticator = { secret: string; confirmedAt: Date | null; lastStep: number };

/** A person's authenticator, confirmed or not (primary key). */
export async function findAuthenticator(
  sight: SealedSight,
  userId: number,
): Promise<Authenticator | undefined> {
  const [row] = await sight.query<Authenticator>(sql`
    select secret, confirmed_at, last_step from authenticator where user_id = ${userId}`);
  return row && toAuthenticator(sight, userId, row);
}

/** A secret is kept sealed. */
const toAuthenticator = ({ sealing }: SealedSight, userId: number, row: Authenticator): Authenticator => ({
  ...row,
  secret: sealing.open(row.secret, SEALED_FOR.authenticator(userId)),
  lastStep: Number(row.lastStep),
});

/** Offers a secret, which counts once it is confirmed; false when the person has a confirmed one already. */
export async function offerAuthenticator(
  sight: SealedSight,
  userId: number,
  secret: string,
): Promise<boolean> {
  const sealed = sight.sealing.seal(secret, SEALED_FOR.authenticator(userId));
  const rows = await sight.query(sql`
    insert into authenticator (user_id, secret) values (${userId}, ${sealed})
    on conflict (user_id) do update set secret = excluded.secret, last_step = 0
    where authenticator.confirmed_at is null
    returning user_id`);
  return rows.length === 1;
}

/** Confirms the secret that was offered, with the step of its first code; false when it is confirmed already. */
export async function confirmAuthenticator(
  sight: SealedSight,
  { userId, secret, step, at }: Readonly<{ userId: number; secret: string; step: number; at: Date }>,
): Promise<boolean> {
  const [row] = await sight.query<Authenticator>(sql`
    select secret, confirmed_at, last_step from authenticator where user_id = ${userId} for update`);
  if (!row || row.confirmedAt !== null || toAuthenticator(sight, userId, row).secret !== secret) return false;
  await sight.query(sql`
    update authenticator set confirmed_at = ${at}, last_step = ${step} where user_id = ${userId}`);
  return true;
}

/** Uses up a step and those before it; false when one of them was used already, also by somebody at the same moment. */
export async function useAuthenticatorStep(sight: Queryable, userId: number, step: number): Promise<boolean> {
  const rows = await sight.query(sql`
    update authenticator set last_step = ${step} where user_id = ${userId} and last_step < ${step}
    returning user_id`);
  return rows.length === 1;
}

/** Removes the authenticator with its recovery codes. */
export async function removeAuthenticator(sight: Queryable, userId: number): Promise<void> {
  await sight.query(sql`delete from recovery_code where user_id = ${userId}`);
  await sight.query(sql`delete from authenticator where user_id = ${userId}`);
}

/** New recovery codes by their hashes; those before are void. */
export async function replaceRecoveryCodes(
  sight: Queryable,
  userId: number,
  hashes: readonly string[],
): Promise<void> {
  await sight.query(sql`delete from recovery_code where user_id = ${userId}`);
  await sight.query(sql`
    insert into recovery_code (user_id, code_hash) select ${userId}::bigint, hash from unnest(${hashes}::text[]) hash`);
}

/** Uses a recovery code up; false when there is no such code or it was used. */
export async function useRecoveryCode(
  sight: Queryable,
  { userId, hash, at }: Readonly<{ userId: number; hash: string; at: Date }>,
): Promise<boolean> {
  const rows = await sight.query(sql`
    update recovery_code set used_at = ${at}
    where user_id = ${userId} and code_hash = ${hash} and used_at is null
    returning user_id`);
  return rows.length === 1;
}

/** How many recovery codes a person has left. */
export async function countRecoveryCodes(sight: Queryable, userId: number): Promise<number> {
  const [row] = await sight.query<{ count: number }>(sql`
    select count(*)::integer as count from recovery_code where user_id = ${userId} and used_at is null`);
  return row?.count ?? 0;
}
