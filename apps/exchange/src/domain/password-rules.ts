/** Which passwords are good enough: long, or a little shorter and mixed; and none that is tried first. */
const LONG = 10;
const SHORT = 8;
/** A longer one is cut nowhere: it is refused, so that what was typed is what counts. */
const MOST = 1024;
const MIXED = [/[A-Z]/, /[a-z]/, /[0-9]/, /[#?!@$%^&*-]/];
/** So many digits and signs after a common password do not make it another one. */
const MOST_TRAILING = 6;
const FEWEST_DIFFERENT = 5;

export const PASSWORD_ADVICE =
  'At least 10 characters; or at least 8 with upper and lower case, a digit and a sign (one of # ? ! @ $ % ^ & * -)';

/**
 * What is wrong with a password, in a sentence for the person, or undefined. `common` holds passwords in lower case;
 * `email` is the address of the account, which is no secret and so is no password either.
 */
export function passwordFault(
  password: string,
  email: string,
  common: ReadonlySet<string>,
): string | undefined {
  const characters = [...password];
  const isLongEnough =
    characters.length >= LONG || (characters.length >= SHORT && MIXED.every((kind) => kind.test(password)));
  if (!isLongEnough) return 'Choose a longer password, or one with all four kinds of characters.';
  if (characters.length > MOST) return `Choose a password of at most ${MOST} characters.`;
  const lower = password.toLowerCase();
  const address = email.trim().toLowerCase();
  const [localPart = ''] = address.split('@');
  if (stems(lower).some((stem) => stem === address || (stem === localPart && stem.length > 2)))
    return 'Choose a password that is not made from your e-mail address.';
  if (new Set(characters).size < FEWEST_DIFFERENT || stems(lower).some((stem) => common.has(stem)))
    return 'Many people use this password, so it is tried first. Choose another one.';
  return undefined;
}

/** The text itself, and without a few of the digits and signs at its end. */
function stems(text: string): string[] {
  const [trailing = ''] = /[^\p{L}]*$/u.exec(text) ?? [];
  const most = Math.min(trailing.length, MOST_TRAILING);
  return Array.from({ length: most + 1 }, (_, count) => text.slice(0, text.length - count));
}
