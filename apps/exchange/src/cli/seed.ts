import { seedDemo } from '../demo/seed.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';

/** `jhe seed`: fills the database with the demo world; running it again adds nothing. */
export const seedCommand: Command = {
  words: ['seed'],
  summary: 'Fill the database with the demo world (public passwords).',
  async run(_args, config) {
    const opened = await openBehindGate(config);
    try {
      await opened.alone('seed', () =>
        seedDemo(opened, {
          siteUrl: config.siteUrl,
          today: new Date(),
          say: (line) => process.stdout.write(`${line}\n`),
        }),
      );
    } finally {
      await opened.close();
    }
    return 0;
  },
};
