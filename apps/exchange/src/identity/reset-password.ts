/** A new password for whoever reads the mail of an account. */
import type { SystemSight } from '../access/system.ts';
import { queueMail } from '../store/mail.ts';
import { findHolder, type Holder, setPassword } from '../store/oauth-account-holders.ts';
import { deleteLinks } from '../store/oauth-account-links.ts';
import { endAllAccess } from './end-access.ts';
import { type LinkParams, makeLink, useLink } from './links.ts';
import { elsewhereMail, noAccountMail, passwordChangedMail, resetMail } from './mails.ts';
import type { IdentityParts } from './parts.ts';
import { proveAddress } from './prove-address.ts';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;

/** Writes to the address, whether or not it is known here; the answer to the form is the same. */
export async function sendResetLink(parts: IdentityParts, email: string): Promise<void> {
  const { system, attempts } = parts;
  const holder = await system('token', (sight) => findHolder(sight, email));
  const wait = holder
    ? await attempts.limit('reset-mail', email, 5, HOUR)
    : await attempts.limit('no-account-mail', email, 1, DAY);
  if (wait > 0) return;
  await system('account', (sight) => writeMail(parts, sight, email, holder));
}

async function writeMail(
  parts: IdentityParts,
  sight: SystemSight,
  email: string,
  holder: Holder | undefined,
) {
  const { siteUrl } = parts.config;
  sight.trace({ deed: 'ask for a new password', outcome: holder ? 'ok' : 'refused' });
  if (!holder) return queueMail(sight, noAccountMail({ recipient: email, siteUrl }));
  const { userId } = holder;
  sight.trace({ subjectUserId: userId });
  const to = { recipient: holder.email, siteUrl };
  if (holder.onlyElsewhere) return queueMail(sight, elsewhereMail(to));
  const link = await makeLink(parts, sight, { userId, email: holder.email, purpose: 'reset-password' });
  return queueMail(sight, resetMail(to, link));
}

/**
 * Everything in one transaction: the link is used up only if the password is set. The address of whoever it was, or
 * undefined when the link works no more.
 */
export function choosePassword(
  parts: IdentityParts,
  params: LinkParams,
  passwordHash: string,
): Promise<string | undefined> {
  return parts.system('account', async (sight) => {
    sight.trace({ deed: 'choose a new password', outcome: 'refused' });
    const holder = await useLink(parts, sight, params, 'reset-password');
    if (!holder) return undefined;
    const { userId, email } = holder;
    sight.trace({ userId, outcome: 'ok' });
    await proveAddress(parts, sight, userId);
    await setPassword(sight, userId, passwordHash);
    await deleteLinks(sight, userId, 'reset-password');
    await endAllAccess(parts, sight, userId);
    await queueMail(sight, passwordChangedMail({ recipient: email, siteUrl: parts.config.siteUrl }));
    return email;
  });
}
