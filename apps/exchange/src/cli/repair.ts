import { repairSeries } from '../operations/repair-series.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { readOptions } from './options.ts';

const HELP = `Usage: jhe repair series [--check]

Compares what is kept of each series (how many readings, from when to when) with the readings themselves, and mends what
differs. It works beside running servers. With --check it only says how many differ, and ends with 1 when any does.
`;

/** `jhe repair series`: counts that an older version left wrong. */
export const repairSeriesCommand: Command = {
  words: ['repair', 'series'],
  summary: 'Compare series with their readings, and mend what differs.',
  async run(args, config) {
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    const { values } = readOptions(args, { options: { check: { type: 'boolean' } }, words: 0, help: HELP });
    const opened = await openBehindGate(config);
    try {
      const mode = values.check === true ? 'check' : 'repair';
      const wrong = await repairSeries(
        (body) =>
          opened.system('operator', (sight) => {
            sight.trace({ deed: `${mode} series` });
            return body(sight);
          }),
        mode,
      );
      const differed = wrong === 1 ? '1 series differed' : `${wrong} series differed`;
      process.stdout.write(
        wrong === 0
          ? 'Every series says what there is.\n'
          : values.check === true
            ? `${differed} from the readings. "jhe repair series" mends it.\n`
            : `${differed} from the readings, and ${wrong === 1 ? 'was' : 'were'} mended.\n`,
      );
      return values.check === true && wrong > 0 ? 1 : 0;
    } finally {
      await opened.close();
    }
  },
};
