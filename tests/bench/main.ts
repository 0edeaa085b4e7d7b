/**
 * `npm run bench`: each lane beside the raw floor of the same PostgreSQL in the same run, as ratios.
 *
 *   npm run bench                      all lanes, a cohort of one million readings
 *   npm run bench -- --tokens          the lanes of tokens only
 *   npm run bench -- --search          pages by depth, and pages as the people in sight grow
 *   npm run bench -- --sight           the latter only
 *   npm run bench -- --bodies          the lane of large bodies only
 *   npm run bench -- --crowd           the lane of a thousand connections only
 *   npm run bench -- --seconds 1200    how long that lasts; 30 when not given
 *   npm run bench -- --rows 100000     a smaller cohort
 *
 * The server runs as a process of its own on an embedded PostgreSQL with fsync on; this process is the client.
 */
import { parseArgs } from 'node:util';
import { benchBodies } from './bodies.ts';
import { benchCrowd } from './crowd.ts';
import { benchIngest } from './ingest.ts';
import { fillPeople } from './people.ts';
import { benchSearch } from './search.ts';
import { benchSight } from './sight.ts';
import { startSubject } from './subject.ts';
import { benchTokens } from './tokens.ts';
import { fillCohort } from './world.ts';

const LANES = ['tokens', 'ingest', 'search', 'sight', 'bodies', 'crowd'] as const;
/** Those that need no cohort. */
const APART: readonly Lane[] = ['tokens', 'sight'];
type Lane = (typeof LANES)[number];

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '30' },
    ...(Object.fromEntries(LANES.map((lane) => [lane, { type: 'boolean' }])) as Record<
      Lane,
      { type: 'boolean' }
    >),
  },
});
const rows = Number(values.rows);
if (!Number.isSafeInteger(rows) || rows < 100_000) throw new Error('--rows: a whole number from 100000');
const seconds = Number(values.seconds);
if (!Number.isSafeInteger(seconds) || seconds < 1) throw new Error('--seconds: a whole number from 1');
const chosen = LANES.filter((lane) => values[lane]);
const wants = (lane: Lane) => chosen.length === 0 || chosen.includes(lane);

const say = (line: string) => process.stdout.write(`${line}\n`);
const subject = await startSubject();
try {
  say(`PostgreSQL ${subject.version}, Node ${process.versions.node}\n`);
  if (wants('tokens')) for (const line of await benchTokens(subject)) say(line);
  if (LANES.some((lane) => !APART.includes(lane) && wants(lane))) {
    say(`\nFilling a cohort of ${rows.toLocaleString('en')} readings ...`);
    const cohort = await fillCohort(subject, rows);
    if (wants('ingest')) for (const line of await benchIngest(subject, cohort)) say(line);
    if (wants('search')) for (const line of await benchSearch(subject, cohort)) say(line);
    if (wants('bodies')) for (const line of await benchBodies(subject, cohort)) say(line);
    if (wants('crowd')) for (const line of await benchCrowd(subject, cohort, seconds)) say(line);
  }
  if (wants('sight') || wants('search')) {
    say(`\nFilling three studies with ${rows.toLocaleString('en')} readings ...`);
    for (const line of await benchSight(subject, await fillPeople(subject, rows))) say(line);
  }
} finally {
  await subject.stop();
}
