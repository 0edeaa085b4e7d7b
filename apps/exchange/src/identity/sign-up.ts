/** Making an account of a practitioner, who is known by nothing but an address. */
import type { SystemSight } from '../access/system.ts';
import { readDefaultMemberships } from '../domain/default-memberships.ts';
import { queueMail } from '../store/mail.ts';
import { addDefaultMemberships, findHolder } from '../store/oauth-account-holders.ts';
import type { SignUpTerms } from '../store/oauth-account-settings.ts';
import { addPractitioner } from '../store/oauth-accounts.ts';
import { makeLink } from './links.ts';
import { addressTakenMail, verificationMail } from './mails.ts';
import type { IdentityParts } from './parts.ts';

export type Newcomer = Readonly<{
  email: string;
  given: string;
  family: string;
  passwordHash: string;
  next: string;
}>;

/** Either makes the account, or tells whoever has the address already; the caller cannot see which. */
export async function signUp(
  parts: IdentityParts,
  sight: SystemSight,
  newcomer: Newcomer,
  terms: SignUpTerms,
): Promise<void> {
  const { siteUrl } = parts.config;
  const { email, next } = newcomer;
  const userId = await addPractitioner(sight, { ...newcomer, superuser: false, emailVerified: false });
  if (userId === undefined) {
    sight.trace({ deed: 'sign-up', outcome: 'refused' });
    // To the address as the account has it: letters that differ may be another mailbox.
    const holder = await findHolder(sight, email);
    // Whoever signed up before and lost the mail gets another: its link takes the password of the first time.
    if (holder && !holder.emailVerified) await sendLink(parts, sight, holder, next);
    else if (holder) await queueMail(sight, addressTakenMail({ recipient: holder.email, siteUrl }));
    return;
  }
  sight.trace({ deed: 'sign-up', subjectUserId: userId });
  await addDefaultMemberships(sight, userId, readDefaultMemberships(terms.defaultOrganizations));
  await sendLink(parts, sight, { userId, email }, next);
}

async function sendLink(
  parts: IdentityParts,
  sight: SystemSight,
  { userId, email }: Readonly<{ userId: number; email: string }>,
  next: string,
): Promise<void> {
  const link = await makeLink(parts, sight, { userId, email, purpose: 'verify-email' });
  const query = next === '/' ? '' : `?next=${encodeURIComponent(next)}`;
  const to = { recipient: email, siteUrl: parts.config.siteUrl };
  await queueMail(sight, verificationMail(to, `${link}${query}`));
}
