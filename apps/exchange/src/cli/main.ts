/** `jhe`: the exchange from the command line of the machine that runs it. */
import '../node-line.ts';
import { parseConfig } from '../config.ts';
import {
  addClientCommand,
  approveClientCommand,
  listClientsCommand,
  removeClientCommand,
  replaceSecretCommand,
} from './client.ts';
import { toSentence } from './fault.ts';
import { identityProviderCommand } from './identity-provider.ts';
import { importCgm } from './import-cgm.ts';
import { listKeysCommand, rotateKeysCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';
import { repairSeriesCommand } from './repair.ts';
import { seedCommand } from './seed.ts';
import { endSessionsCommand } from './sessions.ts';
import { getSettingCommand, listSettingsCommand, setSettingCommand } from './settings.ts';
import { UsageError } from './usage.ts';
import { addUserCommand } from './user.ts';
import { activateUserCommand, deactivateUserCommand } from './user-access.ts';
import { forgetAuthenticatorCommand } from './user-authenticator.ts';

export type Command = Readonly<{
  words: readonly string[];
  summary: string;
  run(args: readonly string[], config: ReturnType<typeof parseConfig>): Promise<number>;
}>;

const COMMANDS: readonly Command[] = [
  importCgm,
  addUserCommand,
  activateUserCommand,
  deactivateUserCommand,
  forgetAuthenticatorCommand,
  addClientCommand,
  listClientsCommand,
  approveClientCommand,
  replaceSecretCommand,
  removeClientCommand,
  rotateKeysCommand,
  listKeysCommand,
  endSessionsCommand,
  listSettingsCommand,
  getSettingCommand,
  setSettingCommand,
  identityProviderCommand,
  repairSeriesCommand,
  seedCommand,
  migrateCommand,
];

const [, , ...given] = process.argv;
const command = COMMANDS.find(({ words }) => words.every((word, i) => given[i] === word));

if (!command) {
  const isHelp = given.length === 0 || given[0] === '--help' || given[0] === 'help';
  const lines = COMMANDS.map(({ words, summary }) => `  jhe ${words.join(' ').padEnd(26)} ${summary}`);
  const text = `Usage: jhe <command> [options]\n\n${lines.join('\n')}\n\njhe <command> --help tells more.\n`;
  (isHelp ? process.stdout : process.stderr).write(isHelp ? text : `jhe: unknown command.\n\n${text}`);
  process.exitCode = isHelp ? 0 : 2;
} else {
  try {
    process.exitCode = await command.run(given.slice(command.words.length), parseConfig(process.env));
  } catch (error) {
    process.stderr.write(
      `jhe ${command.words.join(' ')}: ${process.env.LOG_LEVEL === 'debug' ? (error as Error).stack : toSentence(error)}\n`,
    );
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
