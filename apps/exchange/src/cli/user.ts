import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { hashPassword } from '../access/password.ts';
import { addPractitioner } from '../store/oauth-accounts.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { UsageError } from './usage.ts';

const HELP = `Usage: jhe user add <e-mail> [--superuser] [--given <name>] [--family <name>]

Makes a practitioner who can sign in; with --superuser one who administers. The password is read from standard
input, so that it stands in no history: type it, or pipe it in. At least 10 characters.
`;

const MIN_PASSWORD_LENGTH = 10;

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
    if (password.length < MIN_PASSWORD_LENGTH) {
      throw new UsageError(`the password needs at least ${MIN_PASSWORD_LENGTH} characters.`);
    }
    const opened = await openBehindGate(config);
    try {
      const passwordHash = await hashPassword(password);
      const added = await opened.system('operator', (sight) =>
        addPractitioner(sight, { email, given, family, superuser, passwordHash }),
      );
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
