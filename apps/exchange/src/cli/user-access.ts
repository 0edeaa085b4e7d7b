import { setActive } from '../store/oauth-endings.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { readOptions } from './options.ts';

const HELP = `Usage: jhe user deactivate <e-mail>
       jhe user activate <e-mail>

Deactivating closes an account at once: every session, token and connected application of it ends. Nothing is deleted;
after activating it again the person signs in anew.
`;

function accessCommand(word: 'activate' | 'deactivate', summary: string): Command {
  return {
    words: ['user', word],
    summary,
    async run(args, config) {
      if (args.includes('--help')) {
        process.stdout.write(HELP);
        return 0;
      }
      const { positionals } = readOptions(args, { options: {}, words: 1, help: HELP });
      const [email = ''] = positionals;
      const opened = await openBehindGate(config);
      try {
        const user = await opened.system('operator', async (sight) => {
          sight.trace({ deed: word });
          const found = await setActive(sight, email, word === 'activate', new Date());
          sight.trace(found ? { subjectUserId: found.userId } : { outcome: 'refused' });
          return found;
        });
        if (!user) throw new Error('nobody has this address.');
      } finally {
        await opened.close();
      }
      process.stdout.write(
        word === 'activate'
          ? `${email} can sign in again.\n`
          : `${email} is signed out everywhere and cannot sign in.\n`,
      );
      return 0;
    },
  };
}

/** `jhe user deactivate`: closes an account and ends everything by which it is used. */
export const deactivateUserCommand = accessCommand('deactivate', 'Close an account at once.');
/** `jhe user activate`: opens an account again. */
export const activateUserCommand = accessCommand('activate', 'Open an account again.');
