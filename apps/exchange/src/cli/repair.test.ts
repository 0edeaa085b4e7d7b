/** Series that do not say what there is: found without changing anything, mended, and told of when a server starts. */
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { storeReadings } from '../../../../tests/proofs/consent-world.ts';
import { expectNoForbiddenState } from '../../../../tests/races/forbidden-states.ts';
import { TEST_SEALING_KEY } from '../../../../tests/setup/database.ts';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import {
  codes,
  fillTwoOrganizations,
  patients,
  studies,
} from '../../../../tests/worlds/two-organizations.ts';
import { parseConfig } from '../config.ts';
import { repairSeriesCommand } from './repair.ts';

const { ada, ben } = patients;
const { glucose, heartRate, sleep } = codes;

let exchange: TestExchange;
const sql = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await exchange.database.owner.query(text, values)).rows;

beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
});
afterAll(() => exchange?.close());

/** Ada keeps her record, Ben's is kept for him; each has readings. Nothing is wrong yet. */
beforeEach(async () => {
  await sql('truncate observation_identifier, observation, series');
  const series = [
    [ada, glucose],
    [ada, heartRate],
    [ben, glucose],
  ] as const;
  await storeReadings({ sql }, series, 3);
});

async function repair(...args: string[]): Promise<{ ended: number; told: string }> {
  let told = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
  const config = parseConfig({ PORT: '8000', JHE_SEED: 'none', JHE_SEALING_KEY: TEST_SEALING_KEY });
  try {
    const ended = await repairSeriesCommand.run(args, {
      ...config,
      databaseUrl: exchange.database.ownerUrl,
    });
    return { ended, told };
  } finally {
    written.mockRestore();
  }
}

const state = async () => ({
  series: await sql(
    `select patient_id, code_id, observations, first_effective, last_effective, mixed from series order by 1, 2`,
  ),
  opening: await sql('select patient_id, study_id, code_id from consent where opens order by 1, 2, 3'),
  closed: await sql("select patient_id, study_id, code_id from consent_event where decision = 'close'"),
});

/** As a hand at the database, or an older server, may leave it. */
async function breakByHand(): Promise<void> {
  await sql('update series set observations = observations + 7 where patient_id = $1 and code_id = $2', [
    ben,
    glucose,
  ]);
  await sql('delete from series where patient_id = $1 and code_id = $2', [ada, heartRate]);
  // Of readings that are not there.
  await sql('insert into series (patient_id, code_id, observations) values ($1, $2, 4)', [ben, sleep]);
  await sql(
    `update series set last_effective = last_effective + interval '1 year' where patient_id = $1 and code_id = $2`,
    [ada, glucose],
  );
}

it('finds nothing where every series says what there is', async () => {
  const before = await state();
  expect(await repair('--check')).toEqual({ ended: 0, told: 'Every series says what there is.\n' });
  expect(await repair()).toEqual({ ended: 0, told: 'Every series says what there is.\n' });
  expect(await state()).toEqual(before);
});

it('only says how many differ, and ends with 1, when it is to check', async () => {
  await breakByHand();
  const before = await state();
  expect(await repair('--check')).toEqual({
    ended: 1,
    told: '4 series differed from the readings. "jhe repair series" mends it.\n',
  });
  expect(await state()).toEqual(before);
});

it('mends what differs, and nothing else', async () => {
  const right = await state();
  await breakByHand();
  expect(await repair()).toEqual({
    ended: 0,
    told: '4 series differed from the readings, and were mended.\n',
  });
  const mended = await state();
  // What counted readings that are not there stays, and counts none.
  expect(mended.series.filter(({ observations }) => Number(observations) > 0)).toEqual(right.series);
  expect(mended.series.find(({ code_id }) => Number(code_id) === sleep)).toMatchObject({
    first_effective: null,
  });
  expect(mended).toMatchObject({ opening: right.opening, closed: [] });
  await expectNoForbiddenState(exchange.database);
  expect(await repair('--check')).toMatchObject({ ended: 0 });
});

it('says of a series with a person’s reading that it is mixed, and closes what others had attested to it', async () => {
  await sql(
    `update consent set own = false, basis = 'signed form' where patient_id = $1 and study_id = $2 and code_id = $3`,
    [ada, studies.glucose, glucose],
  );
  await sql('update series set mixed = false where patient_id = $1', [ada]);
  expect(await repair('--check')).toMatchObject({
    ended: 1,
    told: expect.stringContaining('2 series differed'),
  });
  expect(await repair()).toMatchObject({ ended: 0 });
  expect(await sql('select distinct mixed from series where patient_id = $1', [ada])).toEqual([
    { mixed: true },
  ]);
  const { opening, closed } = await state();
  // Her own yes elsewhere opens as before.
  expect(opening).toEqual([{ patient_id: ada, study_id: studies.sleep, code_id: heartRate }]);
  expect(closed).toEqual([{ patient_id: ada, study_id: studies.glucose, code_id: glucose }]);
  await expectNoForbiddenState(exchange.database);
  // A series that was mixed stays so, whatever is left of its readings.
  await sql('delete from observation where patient_id = $1', [ada]);
  await repair();
  expect(await sql('select distinct mixed from series where patient_id = $1', [ada])).toEqual([
    { mixed: true },
  ]);
});

it('is told of by a server after its start, with the number and nobody’s name', async () => {
  const start = async () => {
    exchange.logLines.length = 0;
    exchange.jobs.start();
    await exchange.jobs.stop();
    return exchange.logLines;
  };
  expect(await start()).toEqual([]);
  await breakByHand();
  const before = await state();
  expect(await start()).toEqual([
    {
      level: 'error',
      detail: { series: 4 },
      message: 'series differ from their readings: run "jhe repair series"',
    },
  ]);
  expect(await state()).toEqual(before);
});
