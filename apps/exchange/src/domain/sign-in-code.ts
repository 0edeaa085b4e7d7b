/** A code that is sent by e-mail and typed in: when it counts, and how it is written. */

/** Letters and digits that do not look like one another. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const LENGTH = 8;
export const CODE_SECONDS = 180;
const MOST_FAILURES = 3;

/** Eight letters as they are shown, in two groups: `ABCD-EFGH`. `pick` gives a random integer below its argument. */
export function makeCode(pick: (below: number) => number): string {
  const letters = Array.from({ length: LENGTH }, () => LETTERS[pick(LETTERS.length)]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** What was typed as it would be shown: small letters, spaces and a missing hyphen do not matter. */
export function readCode(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return `${letters.slice(0, 4)}-${letters.slice(4, 40)}`;
}

export type CodeState = Readonly<{ expiresAt: Date; failures: number; usedAt: Date | null }>;

/** `taken` signs in; `wrong` may be tried again; `closed` needs a new code, whatever is typed. */
export type CodeAnswer = 'taken' | 'wrong' | 'closed';

/** What typing a code comes to; the third wrong one closes it. */
export function judgeCode(code: CodeState | undefined, matches: boolean, now: Date): CodeAnswer {
  if (!code || code.usedAt !== null || code.expiresAt <= now || code.failures >= MOST_FAILURES)
    return 'closed';
  if (matches) return 'taken';
  return code.failures + 1 >= MOST_FAILURES ? 'closed' : 'wrong';
}
