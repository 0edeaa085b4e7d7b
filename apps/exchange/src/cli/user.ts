import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { findPasswordFault } from '../access/common-passwords.ts';
import { hashPassword } from '../access/password.ts';
import { PASSWORD_ADVICE } from '../domain/password-rules.ts';
import { addPractitioner } from '../store/oauth-accounts.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { UsageError } from './usage.ts';

const HELP = `Usage: jhe user add <e-mail> [--superuser] [--given <name>] [--family <name>]

Makes a practitioner who can sign in; with --superuser one who administers. The password is read from standard
input, so that it stands in no history: type it, or pipe it in. ${PASSWORD_ADVICE}.
`;

/** `jhe user add`: the first people of an exchange that starts without the demo world. */
export const addUserCommand: Command = {
  words: ['user', 'add'],
  summary: 'Add a practitioner or an administrator.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    const { email, given, family, superuser } = readOptions(args);
    const password = await readLine('Password: ');
    const fault = await findPasswordFault(password, email);
    if (fault !== undefined)
      throw new UsageError(`this password is not good enough. ${fault} ${PASSWORD_ADVICE}.`);
    const opened = await openBehindGate(config);
    try {
      const passwordHash = await hashPassword(password);
      const added = await opened.system('operator', async (sight) => {
        sight.trace({ deed: superuser ? 'add superuser' : 'add practitioner' });
        const person = { email, given, family, superuser, passwordHash, emailVerified: true };
        const userId = await addPractitioner(sight, person);
        sight.trace(userId === undefined ? { outcome: 'refused' } : { subjectUserId: userId });
        return userId;
      });
      if (!added) throw new Error('somebody has this address already.');
    } finally {
      await opened.close();
    }
    process.stdout.write(`Added ${email}${superuser ? ', who administers' : ''}.\n`);
    return 0;
  },
};

function readOptions(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { superuser: { type: 'boolean' }, given: { type: 'string' }, family: { type: 'string' } },
    });
    const [email = ''] = positionals;
    if (positionals.length !== 1 || !/^[^\s@]+@[^\s@]+$/.test(email))
      throw new Error('name one e-mail address.');
    return {
      email,
      given: values.given ?? '',
      family: values.family ?? '',
      superuser: values.superuser ?? false,
    };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

/** One line of standard input; on a terminal it is asked for and not shown. */
function readLine(question: string): Promise<string> {
  const { stdin, stderr } = process;
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) stderr.write(question);
  const lines = createInterface({ input: stdin, terminal: isTerminal });
  return new Promise((resolve) => {
    let answer = '';
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('close', () => {
      if (isTerminal) stderr.write('\n');
      resolve(answer);
    });
  });
}
