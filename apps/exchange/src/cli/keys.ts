import {
  inSigningOrder,
  PUBLISHED_AHEAD_SECONDS,
  rotateSigningKeys,
} from '../operations/rotate-signing-keys.ts';
import { rotateSealingKey } from '../operations/seal-secrets.ts';
import { listKeys } from '../store/oauth-keys.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { readOptions, toTable } from './options.ts';
import { UsageError } from './usage.ts';

const HELP = `Usage: jhe keys rotate [--now [--end-old]]
       jhe keys list

Makes new keys for tokens and cookies. They are published at once and sign from ten minutes on, so that everybody who
keeps a copy of the published keys has them in time; with --now they sign as soon as the servers see them. The old ones
stay published until everything they signed has expired; with --end-old they end at once, and with them whatever they
signed: for when a key has become known to others. Running servers take up both by themselves, within half a minute.

Secrets in the database (these keys, of authenticator apps, of institutions) are sealed anew as well: with the embedded
database under a new key, made now in the file beside it; with another one under the first key of JHE_SEALING_KEY.
`;

/** `jhe keys rotate`: new keys without a pause. */
export const rotateKeysCommand: Command = {
  words: ['keys', 'rotate'],
  summary: 'Make new keys that sign tokens and cookies.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    const { values } = readOptions(args, {
      options: { now: { type: 'boolean' }, 'end-old': { type: 'boolean' } },
      words: 0,
      help: HELP,
    });
    const endOld = values['end-old'] === true;
    if (endOld && !values.now) throw new UsageError('--end-old: goes with --now only; something must sign.');
    const signsFrom = new Date(Date.now() + (values.now ? 0 : PUBLISHED_AHEAD_SECONDS * 1000));
    const opened = await openBehindGate(config);
    let sealed: number | undefined;
    try {
      sealed = await opened.system('operator', async (sight) => {
        sight.trace({ deed: endOld ? 'replace keys' : 'rotate keys' });
        await rotateSigningKeys(sight, signsFrom, { endOld });
        return rotateSealingKey(sight);
      });
    } finally {
      await opened.close();
    }
    process.stdout.write(`The new keys sign from ${signsFrom.toISOString()} on.\n`);
    process.stdout.write(
      sealed === undefined
        ? 'Secrets in the database are not sealed: set JHE_SEALING_KEY.\n'
        : `${sealed} secrets in the database were sealed anew.\n`,
    );
    return 0;
  },
};

/** `jhe keys list`: which keys there are and what each does; no secret is shown. */
export const listKeysCommand: Command = {
  words: ['keys', 'list'],
  summary: 'Show the keys that sign tokens and cookies.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    readOptions(args, { options: {}, words: 0, help: HELP });
    const opened = await openBehindGate(config);
    try {
      const now = new Date();
      const keys = inSigningOrder(await opened.system('signing-key', listKeys), now);
      const seen = new Set<string>();
      const rows = keys.map(({ kid, purpose, key, signsFrom, retiredAt }) => {
        const kind = `${purpose} ${typeof key.alg === 'string' ? key.alg : ''}`.trim();
        const isFirst = !seen.has(kind) && signsFrom <= now;
        seen.add(kind);
        const state = signsFrom > now ? 'waits' : isFirst ? 'signs' : 'verifies';
        return [kind, kid, state, signsFrom.toISOString(), retiredAt?.toISOString() ?? ''];
      });
      process.stdout.write(toTable([['FOR', 'KEY', 'STATE', 'SIGNS FROM', 'REPLACED'], ...rows]));
    } finally {
      await opened.close();
    }
    return 0;
  },
};
