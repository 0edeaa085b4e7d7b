/**
 * Slows down guessing. Attempts are counted for each client address and each account in the database, so for all
 * servers together, and before a password is looked at: of many attempts at the same moment each counts. Accounts that
 * exist and accounts that do not are treated exactly alike, and keys are hashes that only this database can make.
 */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { loadCursorKey } from '../access/cursor-key.ts';
import type { System, SystemSight } from '../access/system.ts';
import type { Config } from '../config.ts';
import { networkOf } from '../domain/network-of.ts';
import { findCredentials } from '../store/oauth-accounts.ts';
import {
  type AttemptCount,
  foldEmail,
  forgetCount,
  holdCount,
  queueUnlock,
  readCount,
  saveCount,
} from '../store/oauth-attempts.ts';
import { openKnownBrowsers } from './known-browsers.ts';

const MINUTE_MS = 60 * 1000;
const WINDOW_MS = 15 * MINUTE_MS;
const MOST_PER_ADDRESS = 50;
/** Failures of everybody within a window from which on guessing is under way, and what an address may try then. */
const MOST_EVERYWHERE = 300;
const MOST_PER_ADDRESS_UNDER_STRAIN = 5;
const EVERYWHERE = 'everywhere';

const FAILURES_PER_BROWSER = 10;
const BROWSER_WINDOW_MS = 24 * 60 * MINUTE_MS;

const FAILURES_PER_LOCK = 10;
const LOCK_MS = 15 * MINUTE_MS;
const LONGEST_LOCK_MS = 4 * 60 * MINUTE_MS;
/** Failures in a row of one account are remembered for so long. */
const ACCOUNT_MEMORY_MS = 24 * 60 * MINUTE_MS;
const UNLOCK_LINK_MS = 60 * MINUTE_MS;

/**
 * What an attempt was: a word for the trail (`password`, `code`, ...), who it is about when that is known, and the cookie
 * of the browser that it came from, if it has one (known-browsers.ts).
 */
export type Attempt = Readonly<{
  deed?: string;
  userId?: number | undefined;
  browser?: string | undefined;
}>;

export type SignInAttempts = Readonly<{
  /**
   * Counts an attempt of a client address at an account as failed, until `succeed` says otherwise, and gives the
   * seconds to wait before the next one is looked at; 0 when this one may go on. One that has to wait is in the trail.
   */
  waitSeconds(address: string, email: string, attempt?: Attempt): Promise<number>;
  /** Says that the attempt failed: it goes to the trail, and a person whose account closed by it gets an unlock link. */
  fail(address: string, email: string, attempt?: Attempt): Promise<void>;
  /**
   * Says that the attempt was the person's own: the account's count is forgotten, the address gets its one back. Returns
   * the cookie by which the browser is known from then on.
   */
  succeed(address: string, email: string, browser?: string): Promise<string>;
  /** Opens an account that is closed, after its person showed in another way who they are. */
  open(email: string): Promise<void>;
  /**
   * Limits anything else that can be guessed at or sent too often: counts a call of `key` (a client address, a user
   * id, an e-mail address in any case) to `kind`, and gives the seconds to wait, or 0 when it may go on because it is
   * one of the first `most` calls in `windowSeconds` (a day at most).
   */
  limit(kind: string, key: string, most: number, windowSeconds: number): Promise<number>;
  /**
   * A name for whoever sends from a client address, which only this database can make: the address itself, or of IPv6 the
   * /48 that a subscriber is given.
   */
  nameOfSender(address: string): string;
}>;

type Options = Readonly<{ config: Pick<Config, 'siteUrl'>; system: System; clock: () => Date }>;

/**
 * Ten failures in a row close an account for 15 minutes, the next ten for 30, and so on up to four hours. An address
 * may fail 50 times in 15 minutes, and 5 times while there are more than 300 failures of everybody together. A browser in
 * which the person signed in before is counted by itself, ten times in a day; then it is like any other. So neither
 * strangers nor neighbours behind one address shut anybody out of where they are known.
 */
export async function openSignInAttempts({ config, system, clock }: Options): Promise<SignInAttempts> {
  const secret = Buffer.from(hkdfSync('sha256', await loadCursorKey(system), '', 'sign-in attempts', 32));
  const browsers = openKnownBrowsers(secret);
  const keyOf = (kind: string, what: string) =>
    `${kind}:${createHmac('sha256', secret).update(`${kind} ${what}`).digest('base64url')}`;
  const addressKey = (address: string) => keyOf('address', networkOf(address));
  const accountKey = async (sight: SystemSight, email: string) =>
    keyOf('account', await foldEmail(sight, email));

  /** Counts one more in a window of its own; the count with it. */
  async function countInWindow(sight: SystemSight, key: string, windowMs: number): Promise<AttemptCount> {
    const now = clock();
    const held = await holdCount(sight, key, now);
    const isOver = held.since.getTime() + windowMs <= now.getTime();
    const count = {
      failures: isOver ? 1 : Math.min(held.failures + 1, 1_000_000),
      since: isOver ? now : held.since,
      lockedUntil: null,
    };
    await saveCount(sight, key, count);
    return count;
  }

  const secondsUntil = (ms: number) => Math.max(1, Math.ceil((ms - clock().getTime()) / 1000));

  async function isUnderStrain(sight: SystemSight): Promise<boolean> {
    const count = await readCount(sight, EVERYWHERE);
    if (!count || count.failures < MOST_EVERYWHERE) return false;
    return count.since.getTime() + WINDOW_MS > clock().getTime();
  }

  /** Counts an attempt by a browser that is known for the account; false when it is none, or has had its ten. */
  async function countKnown(sight: SystemSight, email: string, browser?: string): Promise<boolean> {
    if (browser === undefined) return false;
    const known = browsers.find(browser, await foldEmail(sight, email));
    if (known === undefined) return false;
    const { failures } = await countInWindow(sight, keyOf('browser', known), BROWSER_WINDOW_MS);
    return failures <= FAILURES_PER_BROWSER;
  }

  async function countAttempt(
    sight: SystemSight,
    address: string,
    email: string,
    browser?: string,
  ): Promise<number> {
    if (await countKnown(sight, email, browser)) return 0;
    const ofAddress = await countInWindow(sight, addressKey(address), WINDOW_MS);
    const most =
      ofAddress.failures > MOST_PER_ADDRESS_UNDER_STRAIN && (await isUnderStrain(sight))
        ? MOST_PER_ADDRESS_UNDER_STRAIN
        : MOST_PER_ADDRESS;
    // An address that has to wait closes nobody's account.
    if (ofAddress.failures > most) return secondsUntil(ofAddress.since.getTime() + WINDOW_MS);
    const key = await accountKey(sight, email);
    const now = clock();
    const held = await holdCount(sight, key, now);
    if (isClosed(held, now)) return secondsUntil(held.lockedUntil?.getTime() ?? 0);
    await saveCount(sight, key, oneMoreOfAccount(held, now));
    return 0;
  }

  return {
    async waitSeconds(address, email, { deed = 'password', userId, browser } = {}) {
      const wait = await system('token', (sight) => countAttempt(sight, address, email, browser));
      if (wait > 0) {
        await system('sign-in', async (sight) => {
          sight.trace({ outcome: 'refused', deed: `${deed}, too many attempts` });
          const about = userId ?? (await findCredentials(sight, email))?.userId;
          if (about !== undefined) sight.trace({ subjectUserId: about });
        });
      }
      return wait;
    },

    async fail(_address, email, { deed = 'password', userId } = {}) {
      await system('sign-in', async (sight) => {
        sight.trace({ outcome: 'refused', deed, ...(userId === undefined ? {} : { subjectUserId: userId }) });
        const now = clock();
        // The row is held: of two failures at the same moment one sends the mail.
        if (isClosed(await holdCount(sight, await accountKey(sight, email), now), now)) {
          const token = randomBytes(32).toString('base64url');
          await queueUnlock(
            sight,
            {
              email,
              tokenHash: hashUnlockToken(token),
              now,
              expiresAt: new Date(now.getTime() + UNLOCK_LINK_MS),
              lastBefore: new Date(now.getTime() - LOCK_MS),
            },
            unlockMail(`${config.siteUrl}/accounts/unlock/${token}`),
          );
        }
        await countInWindow(sight, EVERYWHERE, WINDOW_MS);
      });
    },

    succeed: (address, email, browser) =>
      system('token', async (sight) => {
        const folded = await foldEmail(sight, email);
        const known = browsers.find(browser, folded);
        if (known !== undefined) await forgetCount(sight, keyOf('browser', known));
        const key = addressKey(address);
        const ofAddress = await holdCount(sight, key, clock());
        await saveCount(sight, key, { ...ofAddress, failures: Math.max(0, ofAddress.failures - 1) });
        await forgetCount(sight, keyOf('account', folded));
        return browsers.remember(browser, folded);
      }),

    nameOfSender: (address) => keyOf('sender', networkOf(address, 3)),

    open: (email) => system('token', async (sight) => forgetCount(sight, await accountKey(sight, email))),

    limit: (kind, key, most, windowSeconds) =>
      system('token', async (sight) => {
        const windowMs = windowSeconds * 1000;
        const folded = await foldEmail(sight, key);
        const { failures, since } = await countInWindow(sight, keyOf(kind, networkOf(folded)), windowMs);
        return failures > most ? secondsUntil(since.getTime() + windowMs) : 0;
      }),
  };
}

const isClosed = ({ lockedUntil }: AttemptCount, now: Date) =>
  lockedUntil !== null && lockedUntil.getTime() > now.getTime();

/** The last attempt before a lock closes the account at once, so that none beside it is looked at as well. */
function oneMoreOfAccount(held: AttemptCount, now: Date): AttemptCount {
  const isOld =
    Math.max(held.since.getTime(), held.lockedUntil?.getTime() ?? 0) + ACCOUNT_MEMORY_MS <= now.getTime();
  const failures = (isOld ? 0 : held.failures) + 1;
  const locks = Math.floor(failures / FAILURES_PER_LOCK);
  const closes = failures % FAILURES_PER_LOCK === 0;
  return {
    failures,
    since: isOld ? now : held.since,
    lockedUntil: closes
      ? new Date(now.getTime() + Math.min(LOCK_MS * 2 ** (locks - 1), LONGEST_LOCK_MS))
      : held.lockedUntil,
  };
}

/** What is kept of the token of an unlock link. */
export const hashUnlockToken = (token: string): string =>
  createHash('sha256').update(token).digest('base64url');

const unlockMail = (link: string) => ({
  subject: 'Signing in to your account was stopped',
  body: [
    'Somebody gave a wrong password or code for your account many times. To keep it safe, signing in is stopped for a while.',
    'If it was you, open this link to sign in again now. It works once, for one hour:',
    link,
    'If it was not you, there is nothing to do: nobody got in. If it happens again, choose a longer password.',
  ].join('\n\n'),
});
