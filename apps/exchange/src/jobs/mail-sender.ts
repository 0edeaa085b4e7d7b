/** Sends the mail that waits in the database: at least once, and not twice unless a server ends in the middle of it. */
import type { System } from '../access/system.ts';
import type { AppDeps } from '../app.ts';
import { type ClaimedMail, claimMail, recordFailure, recordSent } from '../store/mail.ts';
import { type Deliver, faultOf, isFinal } from './smtp.ts';

const SECOND_MS = 1000;
/** Longer than a sending can take, so that no other server takes up a mail that is under way. */
const CLAIM_MS = 5 * 60 * SECOND_MS;
const LONGEST_SENDING_MS = 60 * SECOND_MS;
/** From half a minute to six hours between attempts; with these the last one is about a day after the first. */
const FIRST_RETRY_MS = 30 * SECOND_MS;
const LONGEST_RETRY_MS = 6 * 60 * 60 * SECOND_MS;
const MOST_ATTEMPTS = 9;
const AT_ONCE = 3;

type Parts = Readonly<{ system: System; clock: () => Date; log: AppDeps['log']; deliver: Deliver }>;

export type MailSender = Readonly<{
  /** Sends what is due now, a few at once, and ends when nothing is left or `stop` was called. */
  sendWaiting(): Promise<void>;
  /** Takes up nothing more and waits for what is under way, for as long as `graceMs`; then breaks it off. */
  stop(graceMs: number): Promise<void>;
}>;

export function createMailSender({ system, clock, log, deliver }: Parts): MailSender {
  const breakOff = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  let stopped = false;
  const later = (ms: number) => new Date(clock().getTime() + ms);

  async function sendAll(): Promise<void> {
    while (!stopped) {
      const mail = await system('mail', (sight) =>
        claimMail(sight, { now: clock(), until: later(CLAIM_MS), mostAttempts: MOST_ATTEMPTS }),
      );
      if (!mail) return;
      await send(mail);
    }
  }

  async function send(mail: ClaimedMail): Promise<void> {
    try {
      if (mail.body === null) throw new CannotOpen();
      const text = { ...mail, body: mail.body };
      await deliver(text, AbortSignal.any([breakOff.signal, AbortSignal.timeout(LONGEST_SENDING_MS)]));
    } catch (fault) {
      const error = faultOf(fault);
      const isOver = isFinal(fault) || mail.attempts >= MOST_ATTEMPTS;
      const retryAt = isOver ? null : later(pauseAfter(mail.attempts));
      await system('mail', (sight) => recordFailure(sight, mail.id, { error, retryAt }));
      log.error(
        { mailId: mail.id, attempts: mail.attempts, error },
        isOver ? 'mail given up' : 'mail not sent',
      );
      return;
    }
    await system('mail', (sight) => recordSent(sight, mail.id, clock()));
  }

  return {
    async sendWaiting() {
      const sending = Promise.allSettled(Array.from({ length: AT_ONCE }, sendAll));
      underWay.add(sending);
      const failed = (await sending).find(({ status }) => status === 'rejected');
      underWay.delete(sending);
      if (failed?.status === 'rejected') throw failed.reason;
    },
    async stop(graceMs) {
      stopped = true;
      const timer = setTimeout(() => breakOff.abort(), graceMs);
      await Promise.allSettled([...underWay]);
      clearTimeout(timer);
    },
  };
}

/** Its text is sealed with a key that this server does not have; another one may. Or somebody changed it. */
class CannotOpen extends Error {
  override name = 'CannotOpen';
}

/** Four times as long after each failure. */
const pauseAfter = (attempts: number) => Math.min(FIRST_RETRY_MS * 4 ** (attempts - 1), LONGEST_RETRY_MS);
