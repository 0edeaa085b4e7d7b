import {
  findEnvironmentOf,
  findSetting,
  findSettingFault,
  isSecretSetting,
  SETTINGS,
} from '../domain/settings.ts';
import { listSettings, setSetting } from '../store/oauth-settings.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { readOptions, toTable } from './options.ts';
import { UsageError } from './usage.ts';

const HELP = `Usage: jhe settings list
       jhe settings get <key>
       jhe settings set <key> <value>

Settings that are changed while the server runs; a change counts with the next request. A value is JSON; what is no JSON
is a text. Secrets are shown as ***.
`;

type Stored = { key: string; value: unknown };

async function readAll(config: Parameters<Command['run']>[1]): Promise<Stored[]> {
  const opened = await openBehindGate(config);
  try {
    return await opened.system('operator', async (sight) => {
      sight.trace({ deed: 'read settings' });
      return listSettings(sight);
    });
  } finally {
    await opened.close();
  }
}

const shown = (key: string, value: unknown) =>
  (isSecretSetting(key) || findEnvironmentOf(key) !== undefined) && value !== ''
    ? '***'
    : JSON.stringify(value);

/** `jhe settings list`: every setting that is known or set, what it is for, and what counts. */
export const listSettingsCommand: Command = {
  words: ['settings', 'list'],
  summary: 'Show the settings.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    readOptions(args, { options: {}, words: 0, help: HELP });
    const stored = new Map((await readAll(config)).map(({ key, value }) => [key, value]));
    const keys = [...new Set([...Object.keys(SETTINGS), ...stored.keys()])].sort();
    const rows = keys.map((key) => [
      key,
      stored.has(key) ? shown(key, stored.get(key)) : `(${shown(key, findSetting(key)?.default)})`,
      findSetting(key)?.description ?? '',
    ]);
    process.stdout.write(toTable([['KEY', 'VALUE (DEFAULT)', 'WHAT IT IS FOR'], ...rows]));
    return 0;
  },
};

/** `jhe settings get`: the value of one setting as JSON. */
export const getSettingCommand: Command = {
  words: ['settings', 'get'],
  summary: 'Show one setting.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    const [key = ''] = readOptions(args, { options: {}, words: 1, help: HELP }).positionals;
    const found = (await readAll(config)).find((one) => one.key === key);
    if (!found && !findSetting(key)) throw new Error(`nothing is set under ${key}.`);
    process.stdout.write(`${shown(key, found ? found.value : findSetting(key)?.default)}\n`);
    return 0;
  },
};

/** `jhe settings set`: checks a value and sets it. */
export const setSettingCommand: Command = {
  words: ['settings', 'set'],
  summary: 'Change one setting.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    const [key = '', given = ''] = readOptions(args, { options: {}, words: 2, help: HELP }).positionals;
    const value = readValue(key, given);
    const fault = findSettingFault(key, value);
    if (fault !== undefined) throw new UsageError(`${key}: ${fault}`);
    const opened = await openBehindGate(config);
    try {
      await opened.system('operator', async (sight) => {
        sight.trace({ deed: `set ${key}` });
        await setSetting(sight, key, value);
      });
    } finally {
      await opened.close();
    }
    process.stdout.write(`${key} = ${shown(key, value)}\n`);
    return 0;
  },
};

/** JSON, or a text as it is; where a text is wanted, digits are one too. */
function readValue(key: string, given: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch {
    return given;
  }
  const wantsText = typeof findSetting(key)?.default === 'string' && typeof value !== 'string';
  return wantsText ? given : value;
}
