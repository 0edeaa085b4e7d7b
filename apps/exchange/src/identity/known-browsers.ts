/**
 * Browsers in which a person has signed in before. Such a browser keeps a cookie that only this database can make, and for
 * that account it is counted by itself: guesses of strangers, wherever they come from, close neither its account nor its
 * address for it (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). The cookie signs nobody in, and names
 * nobody.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** People who share a browser; the one who signed in last comes first. */
const MOST_KNOWN = 4;
const ENTRY = /^([\w-]{22})\.([\w-]{43})$/;

export type KnownBrowsers = Readonly<{
  /** By what this browser is counted for an account, its address in the case in which accounts are compared. */
  find(browser: string | undefined, email: string): string | undefined;
  /** The cookie with an entry of this account's own, made anew. */
  remember(browser: string | undefined, email: string): string;
}>;

export function openKnownBrowsers(secret: Buffer): KnownBrowsers {
  const proofOf = (nonce: string, email: string) =>
    createHmac('sha256', secret).update(`browser ${nonce} ${email}`).digest('base64url');
  const entriesOf = (browser = '') =>
    browser
      .slice(0, 1000)
      .split('~')
      .flatMap((entry) => {
        const [, nonce, proof] = ENTRY.exec(entry) ?? [];
        return nonce === undefined || proof === undefined ? [] : [{ nonce, proof }];
      })
      .slice(0, MOST_KNOWN);
  const isOf = (email: string) => (entry: { nonce: string; proof: string }) =>
    timingSafeEqual(Buffer.from(proofOf(entry.nonce, email)), Buffer.from(entry.proof));
  return {
    find: (browser, email) => entriesOf(browser).find(isOf(email))?.nonce,
    remember(browser, email) {
      const nonce = randomBytes(16).toString('base64url');
      const others = entriesOf(browser).filter((entry) => !isOf(email)(entry));
      return [{ nonce, proof: proofOf(nonce, email) }, ...others]
        .slice(0, MOST_KNOWN)
        .map((entry) => `${entry.nonce}.${entry.proof}`)
        .join('~');
    },
  };
}
