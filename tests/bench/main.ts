/**
 * `npm run bench`: each lane beside the raw floor of the same PostgreSQL in the same run, as ratios.
 *
 *   npm run bench                      all lanes, a cohort of one million readings
 *   npm run bench -- --tokens          the lanes of tokens only
 *   npm run bench -- --rows 100000     a smaller cohort
 *
 * The server runs as a process of its own on an embedded PostgreSQL with fsync on; this process is the client.
 */
import { parseArgs } from 'node:util';
import { benchIngest } from './ingest.ts';
import { benchSearch } from './search.ts';
import { startSubject } from './subject.ts';
import { benchTokens } from './tokens.ts';
import { fillCohort } from './world.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, tokens: { type: 'boolean', default: false } },
});
const rows = Number(values.rows);
if (!Number.isSafeInteger(rows) || rows < 100_000) throw new Error('--rows: a whole number from 100000');

const say = (line: string) => process.stdout.write(`${line}\n`);
const subject = await startSubject();
try {
  say(`PostgreSQL ${subject.version}, Node ${process.versions.node}\n`);
  for (const line of await benchTokens(subject)) say(line);
  if (!values.tokens) {
    say(`\nFilling a cohort of ${rows.toLocaleString('en')} readings ...`);
    const cohort = await fillCohort(subject, rows);
    for (const line of [...(await benchIngest(subject, cohort)), ...(await benchSearch(subject, cohort))])
      say(line);
  }
} finally {
  await subject.stop();
}
