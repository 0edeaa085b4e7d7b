import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';

/** `jhe migrate`: brings the database to the newest schema; the server does the same when it starts. */
export const migrateCommand: Command = {
  words: ['migrate'],
  summary: 'Bring the database to the newest schema.',
  async run(_args, config) {
    const { applied, close } = await openBehindGate(config);
    await close();
    process.stdout.write(
      applied.length === 0 ? 'The schema is up to date.\n' : `Applied ${applied.join(', ')}.\n`,
    );
    return 0;
  },
};
