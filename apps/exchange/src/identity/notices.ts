import type { SealedSight } from '../access/sealing.ts';
import { queueMail } from '../store/mail.ts';
import type { Account } from '../store/oauth-accounts.ts';
import type { IdentityParts } from './parts.ts';

/**
 * Writes to the person that something about their account's protection changed, in the transaction of the change. An
 * address that nobody has proved is theirs gets no mail. `what` is a whole sentence.
 */
export async function tellOwner(
  { config }: Pick<IdentityParts, 'config'>,
  sight: SealedSight,
  { email, emailVerified }: Pick<Account, 'email' | 'emailVerified'>,
  what: string,
): Promise<void> {
  if (!emailVerified || email === null) return;
  await queueMail(sight, {
    recipient: email,
    subject: 'The protection of your account changed',
    body: [
      what,
      '',
      'If this was you, there is nothing to do.',
      '',
      'If it was not you, somebody else can use your account. Sign out everywhere here and change your password:',
      `${config.siteUrl}/accounts/sessions/`,
      `${config.siteUrl}/accounts/security/`,
    ].join('\n'),
  });
}
