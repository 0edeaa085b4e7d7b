/** Makes a code for a visit and sends it. An address that nobody has gets one that nothing matches, and another mail. */
import { createHash, randomInt } from 'node:crypto';
import { CODE_SECONDS, makeCode } from '../domain/sign-in-code.ts';
import { queueMail } from '../store/mail.ts';
import { findHolder, type Holder } from '../store/oauth-account-holders.ts';
import { replaceCode } from '../store/oauth-sign-in-codes.ts';
import type { CodeUse } from './code-clients.ts';
import { inEvenTime } from './even-time.ts';
import { codeMail, noAccountMail } from './mails.ts';
import type { IdentityParts, VisitFacts } from './parts.ts';

const DAY = 24 * 60 * 60;

/** What is kept of a code: it counts in the visit that asked for it only. */
export const hashCode = (visitUid: string, code: string): string =>
  createHash('sha256').update(`${visitUid}:${code}`).digest('base64url');

const mayUse = (use: CodeUse, { onlyPatient, onlyElsewhere }: Holder) =>
  !onlyElsewhere && (use === 'everybody' || onlyPatient);

/** Puts a new code in the place of the visit's last one and sends it to `email`, in the same time for any address. */
export function sendCode(
  parts: IdentityParts,
  visit: VisitFacts,
  use: CodeUse,
  email: string,
): Promise<void> {
  const { system, attempts, clock, config } = parts;
  return inEvenTime(async () => {
    const found = await system('token', (sight) => findHolder(sight, email));
    const holder = found && mayUse(use, found) ? found : undefined;
    const code = makeCode((below) => randomInt(below));
    const saysNothing = !holder && (await attempts.limit('no-account-mail', email, 1, DAY)) > 0;
    await system('sign-in', async (sight) => {
      sight.trace({ clientId: visit.clientId, deed: 'send code', outcome: holder ? 'ok' : 'refused' });
      if (holder) sight.trace({ subjectUserId: holder.userId });
      const sentAt = clock();
      await replaceCode(sight, visit.uid, {
        userId: holder?.userId ?? null,
        email,
        codeHash: hashCode(visit.uid, code),
        sentAt,
        expiresAt: new Date(sentAt.getTime() + CODE_SECONDS * 1000),
      });
      const { siteUrl } = config;
      if (holder)
        await queueMail(sight, codeMail({ recipient: holder.email, siteUrl }, code, visit.clientName));
      else if (!saysNothing) await queueMail(sight, noAccountMail({ recipient: email, siteUrl }));
    });
  });
}
