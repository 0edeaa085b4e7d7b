import { endAllSessions } from '../store/oauth-endings.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { readOptions } from './options.ts';

const HELP = `Usage: jhe sessions end-all

Signs everybody out everywhere, at once on all servers but for access tokens, which a server refuses within seconds:
every session, every connected application, every sign-in that is half done, and every link and code that was mailed.
For when a backup or a copy of the database went astray. Nobody's account is closed: people sign in again, applications
are allowed again, API keys and programs with keys or secrets of their own go on.

After it, jhe keys rotate --now --end-old makes new keys.
`;

/** `jhe sessions end-all`: for when a copy of the database went astray. */
export const endSessionsCommand: Command = {
  words: ['sessions', 'end-all'],
  summary: 'Sign everybody out everywhere.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    readOptions(args, { options: {}, words: 0, help: HELP });
    const opened = await openBehindGate(config);
    try {
      const { people, grants } = await opened.system('operator', async (sight) => {
        sight.trace({ deed: 'end all sessions' });
        return endAllSessions(sight, new Date());
      });
      process.stdout.write(
        `Everybody is signed out: ${count(people, 'account')}, ${count(grants, 'connected application')}.\n`,
      );
    } finally {
      await opened.close();
    }
    return 0;
  },
};

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
