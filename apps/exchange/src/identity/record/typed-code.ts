/** Codes that are mailed to an address and typed in at one of our pages: each counts for one purpose in one place. */
import { randomInt, timingSafeEqual } from 'node:crypto';
import type { SystemSight } from '../../access/system.ts';
import { judgeCode, makeCode, readCode } from '../../domain/sign-in-code.ts';
import { countFailure, lockCode, replaceCode, useCode } from '../../store/oauth-sign-in-codes.ts';
import type { IdentityParts } from '../parts.ts';
import { hashCode } from '../send-code.ts';

const WRONG_CODE = 'This code is not right. Type the one from the newest mail.';
const CLOSED_CODE = 'Too many wrong codes. Please request a new code and try again.';
const OLD_CODE = 'This code does not work any more. Please request a new code and try again.';

/** Long enough to read the page beside it. */
const TYPED_CODE_MS = 15 * 60 * 1000;

/** Puts a new code in the place of the last one for `what` and returns it, to be mailed. */
export async function newCode(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  what: string,
  { email, userId }: Readonly<{ email: string; userId: number | null }>,
): Promise<string> {
  const code = makeCode((below) => randomInt(below));
  const sentAt = clock();
  await replaceCode(sight, what, {
    userId,
    email,
    codeHash: hashCode(what, code),
    sentAt,
    expiresAt: new Date(sentAt.getTime() + TYPED_CODE_MS),
  });
  return code;
}

/** Whether a code for `what` is on its way to this address. */
export async function codeWaits(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  what: string,
  email: string,
): Promise<boolean> {
  const held = await lockCode(sight, what);
  return held !== undefined && held.usedAt === null && held.expiresAt > clock() && held.email === email;
}

/** Uses the code up when it is the right one for this address; else says what was wrong, and the third time it is over. */
export async function takeTypedCode(
  { clock }: Pick<IdentityParts, 'clock'>,
  sight: SystemSight,
  what: string,
  { email, typed }: Readonly<{ email: string; typed: string }>,
): Promise<{ error: string } | undefined> {
  const now = clock();
  const held = await lockCode(sight, what);
  const given = Buffer.from(hashCode(what, readCode(typed)));
  const kept = Buffer.from(held?.codeHash ?? '');
  const matches = kept.length === given.length && timingSafeEqual(kept, given) && held?.email === email;
  switch (judgeCode(held, matches, now)) {
    case 'taken':
      await useCode(sight, what, now);
      return undefined;
    case 'wrong':
      await countFailure(sight, what);
      return { error: WRONG_CODE };
    case 'closed': {
      const isOver = !held || held.usedAt !== null || held.expiresAt <= now;
      if (!isOver) await countFailure(sight, what);
      return { error: isOver ? OLD_CODE : CLOSED_CODE };
    }
  }
}
