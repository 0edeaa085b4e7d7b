/** What is wrong with an import is told by its option, file or row, without repeating whose data it is or what it says. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../setup/clients.ts';
import { type ServerProcess, startServer } from '../setup/server-process.ts';
import type { Searchset } from './fhir-upload.ts';
import { DUE, figures, GLUCOSE_STUDY, type Imported, importCgm } from './import-run.ts';

let server: ServerProcess;
const files = mkdtempSync(join(tmpdir(), 'jhe-import-'));
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server?.close();
  rmSync(files, { recursive: true, force: true });
});

let made = 0;
const file = (text: string | Buffer) => {
  const path = join(files, `${++made}.csv`);
  writeFileSync(path, text);
  return path;
};
const HEADER = 'id,time,gl\n';
// Marks that must not come back in any message.
const PERSON = 'subject-zebra-77';
const VALUE = '137.25';
const GOOD = `${PERSON},2026-01-05 07:00:00,${VALUE}\n`;
const good = () => file(HEADER + GOOD);
/** DUE with one option given otherwise, or left out. */
const due = (name: string, value?: string) => {
  const args = [...DUE];
  args.splice(args.indexOf(name), 2, ...(value === undefined ? [] : [name, value]));
  return args;
};

const check = ({ code, stdout, stderr }: Imported, expected: { code: number; says: RegExp }) => {
  expect(stderr).toMatch(expected.says);
  expect(code).toBe(expected.code);
  const said = stdout + stderr;
  for (const secret of [PERSON, VALUE, '4711']) expect(said).not.toContain(secret);
  expect(said).not.toMatch(/\.ts:\d+|\n\s+at |undefined|\[object/);
};

type Case = [name: string, args: () => string[], code: number, says: RegExp];
const CASES: Case[] = [
  ['no file', () => DUE, 2, /name one CSV file/],
  ['two files', () => [good(), good(), ...DUE], 2, /name one CSV file/],
  [
    'a file that is not there',
    () => [join(files, 'nowhere.csv'), ...DUE],
    1,
    /nowhere\.csv does not exist\./,
  ],
  ['a directory', () => [directory(), ...DUE], 1, /is a directory\./],
  ['an empty file', () => [file(''), ...DUE], 1, /holds no readings\./],
  ['a header alone', () => [file(HEADER), ...DUE], 1, /holds no readings\./],
  ['no header', () => [file(GOOD + GOOD), ...DUE], 1, /the header lacks the column id and time and gl\./],
  [
    'a missing column',
    () => [file(`id,time\n${PERSON},2026-01-05 07:00\n`), ...DUE],
    1,
    /lacks the column gl\./,
  ],
  [
    'an open quote',
    () => [file(`${HEADER}"${PERSON},2026-01-05 07:00:00,${VALUE}\n`), ...DUE],
    1,
    /is not a CSV file: \w+ at line \d+/,
  ],
  [
    'a quote inside',
    () => [file(`${HEADER}${PERSON},2026-01-05 07:00:00,1"37"\n`), ...DUE],
    1,
    /is not a CSV file: \w+ at line \d+/,
  ],
  [
    'no CSV at all',
    () => [file(Buffer.from([0x50, 0x4b, 3, 4, 0, 0xff, 0xfe, 0x0a, 0x80])), ...DUE],
    1,
    /the header lacks/,
  ],
  ['no study', () => [good(), ...due('--study')], 2, /--study is required/],
  ['no time zone', () => [good(), ...due('--time-zone')], 2, /--time-zone is required/],
  ['no basis of consent', () => [good(), ...due('--consent-basis')], 2, /--consent-basis is required/],
  [
    'a blank basis of consent',
    () => [good(), ...due('--consent-basis', ' ')],
    2,
    /--consent-basis is required/,
  ],
  ['a study that is no number', () => [good(), ...due('--study', 'glucose')], 2, /--study: must be a number/],
  [
    'an unknown zone',
    () => [good(), ...due('--time-zone', 'America/Nowhere')],
    2,
    /--time-zone: not a time zone/,
  ],
  ['an unknown unit', () => [good(), ...DUE, '--unit', 'g/L'], 2, /--unit: must be mg\/dL or mmol\/L/],
  ['an unknown option', () => [good(), ...DUE, '--colour', 'red'], 2, /--colour/],
  ['an option without its value', () => [good(), ...DUE, '--as'], 2, /--as/],
  ['an unknown study', () => [good(), ...due('--study', '39999')], 1, /--study: there is no study 39999\./],
  [
    'a study that asks for something else',
    () => [good(), ...due('--study', '30004')],
    1,
    /does not request omh:blood-glucose:4\.0/,
  ],
  [
    'a viewer as operator',
    () => [good(), ...due('--study', '30001'), '--as', 'viewer_victor@example.com'],
    1,
    /--as: no active manager/,
  ],
  [
    'a member as operator, who attests nothing',
    () => [good(), ...due('--study', '30001'), '--as', 'member_megan@example.com'],
    1,
    /--as: no active manager/,
  ],
  [
    'a stranger as operator',
    () => [good(), ...DUE, '--as', 'rivera@example.com'],
    1,
    /--as: no active manager/,
  ],
  [
    'a data source that is not there',
    () => [good(), ...DUE, '--data-source', '79999'],
    1,
    /There is no data source 79999\./,
  ],
  [
    'a data source for something else',
    () => [good(), ...DUE, '--data-source', '70001'],
    1,
    /70001.*does not support/,
  ],
  [
    'a place for rejected rows that cannot be written',
    () => [good(), ...DUE, '--rejected', join(files, 'no', 'where.csv')],
    1,
    /--rejected: .*cannot be written/,
  ],
];
const directory = () => {
  const path = join(files, `directory-${++made}`);
  mkdirSync(path);
  return path;
};

const glucoseOfStudy = async () => {
  const mark = await signIn(server.site, 'manager_mark@example.com');
  const path = `/FHIR/R5/Observation?_summary=count&patient._has:Group:member:_id=${GLUCOSE_STUDY}`;
  const patients = await mark.get<{ count: number }>('/api/v1/patients?organizationId=20006');
  return { readings: (await mark.get<Searchset>(path)).body.total, patients: patients.body.count };
};

describe('refused before anything is written', () => {
  let before: Awaited<ReturnType<typeof glucoseOfStudy>>;
  beforeAll(async () => {
    before = await glucoseOfStudy();
  });
  it.concurrent.for(CASES)('%s', async ([, args, code, says]) =>
    check(await importCgm(server, args()), { code, says }),
  );
  it('nothing was written', async () => expect(await glucoseOfStudy()).toEqual(before));
});

const ROWS: [row: string, reason: RegExp][] = [
  [`${PERSON},2026-01-05 07:00:00,101`, /^$/],
  [`${PERSON},05/01/2026 07:05,102`, /time is not a local time/],
  [`${PERSON},2026-02-30 07:05:00,103`, /time is not a local time/],
  [`${PERSON},2026-01-05 25:05:00,104`, /time is not a local time/],
  [`${PERSON},2026-01-05T07:05:00Z,105`, /time is not a local time/],
  [`${PERSON},,106`, /time is not a local time/],
  [`${PERSON},2026-01-05 07:10:00,High`, /gl is not a number/],
  [`${PERSON},2026-01-05 07:15:00,`, /gl is not a number/],
  [`${PERSON},2026-01-05 07:20:00`, /gl is not a number/],
  [`${PERSON},2026-01-05 07:25:00,-12`, /gl is not a number/],
  [`${PERSON},2026-01-05 07:30:00,1e2`, /gl is not a number/],
  [`${PERSON},2026-01-05 07:35:00,NaN`, /gl is not a number/],
  [`${PERSON},2026-01-05 07:40:00,4711`, /gl is not between 10 and 1000 mg\/dL/],
  [`${PERSON},2026-01-05 07:45:00,0`, /gl is not between 10 and 1000 mg\/dL/],
  [`,2026-01-05 07:50:00,107`, /id is missing/],
  // The same reading again is the same; another value at the same time contradicts it.
  [`${PERSON},2026-01-05 07:00:00,101`, /^$/],
  [`${PERSON},2026-01-05 07:00:00,155`, /differ|another|different|other/i],
  [`${PERSON},2026-01-05 07:55:00,108`, /^$/],
];

it('rejects bad rows by their number and keeps the good ones', async () => {
  const path = file(HEADER + ROWS.map(([row]) => row).join('\n'));
  const rejected = join(files, 'rejected.txt');
  const result = await importCgm(server, [path, ...DUE, '--rejected', rejected]);
  const reasons = new Map(
    [...result.stdout.matchAll(/^ {2}row (\d+): (.*)$/gm)].map(([, row, reason = '']) => [
      Number(row),
      reason,
    ]),
  );
  for (const [i, [, reason]] of ROWS.entries())
    expect(reasons.get(i + 2) ?? '', `row ${i + 2}`).toMatch(reason);
  check(result, { code: 1, says: /^/ });
  expect(figures(result.stdout)).toMatchObject({
    accepted: 2,
    'already present': 1,
    rejected: ROWS.length - 3,
    patients: 1,
  });
});

it('rejects every row of a file in the other unit', async () => {
  const other = file(`${HEADER}p-mmol,2026-01-05 07:00:00,101\np-mmol,2026-01-05 07:05:00,5.5\n`);
  const { code, stdout } = await importCgm(server, [other, ...DUE, '--unit', 'mmol/L']);
  expect(code).toBe(1);
  expect(figures(stdout)).toMatchObject({ accepted: 1, rejected: 1 });
  expect(stdout).toMatch(/row 2: gl is not between 0\.5 and 55\.6 mmol\/L/);
});
