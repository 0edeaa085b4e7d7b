import { queueMail } from '../store/mail.ts';
import { findCredentials } from '../store/oauth-accounts.ts';
import { findAuthenticator, removeAuthenticator } from '../store/oauth-authenticators.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { readOptions } from './options.ts';

const HELP = `Usage: jhe user forget-authenticator <e-mail>

For somebody who lost their phone and their recovery codes. Make sure by other means that it is they who ask: from then
on the password alone lets them in. They get a mail about it.
`;

/** `jhe user forget-authenticator`: the way back in for whoever lost their second factor. */
export const forgetAuthenticatorCommand: Command = {
  words: ['user', 'forget-authenticator'],
  summary: 'Remove a lost second factor.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    const { positionals } = readOptions(args, { options: {}, words: 1, help: HELP });
    const [email = ''] = positionals;
    const opened = await openBehindGate(config);
    try {
      const fault = await opened.system('operator', async (sight) => {
        sight.trace({ deed: 'forget authenticator', outcome: 'refused' });
        const user = await findCredentials(sight, email);
        if (!user) return 'nobody has this address.';
        sight.trace({ subjectUserId: user.userId });
        if (!(await findAuthenticator(sight, user.userId))) return 'this person has no authenticator.';
        await removeAuthenticator(sight, user.userId);
        await queueMail(sight, {
          recipient: email,
          subject: 'Your authenticator app was removed',
          body: `Those who run the exchange removed the authenticator app from your account.\n\nIf you did not ask for it, tell them at once, and look at ${config.siteUrl}/accounts/security/\n`,
        });
        sight.trace({ outcome: 'ok' });
        return undefined;
      });
      if (fault !== undefined) throw new Error(fault);
    } finally {
      await opened.close();
    }
    process.stdout.write(`${email} signs in without an authenticator now.\n`);
    return 0;
  },
};
