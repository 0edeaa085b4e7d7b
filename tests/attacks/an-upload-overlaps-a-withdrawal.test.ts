/**
 * The fault: an upload that overlapped a withdrawal stored its readings and was answered 201, and their series did not
 * grow, for ever: totals were wrong, and pages that count on them ended early. Nobody could repair it.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { gatherPeople, type Someone } from '../races/crowd.ts';
import { expectNoForbiddenState } from '../races/forbidden-states.ts';
import { passInTurn } from '../races/turnstile.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, dataSources, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, type Reply } from './attack-world.ts';

const STUDY = studies.glucose;
const ROUNDS = rounds(50, 500);
const ENTRIES = 5;

let world: AttackWorld;
let people: Someone[];
beforeAll(async () => {
  world = await openAttackWorld();
  people = await gatherPeople(world, 2, { studyIds: [STUDY] });
});
afterAll(() => world?.close());

const as = ({ token }: Someone, method: string, url: string, body?: unknown) =>
  world.exchange.request(method, url, { token, ...(body === undefined ? {} : { body }) });
const answer = (patient: Someone, permitted: boolean) =>
  as(
    patient,
    'PATCH',
    `/api/v1/patients/${patient.patientId}/consents`,
    answers(STUDY, [codeNames.glucose], permitted),
  );
const upload = (patient: Someone, uuids: readonly string[]) =>
  as(
    patient,
    'POST',
    '/FHIR/R5/',
    bundle(...uuids.map((uuid) => glucose({ patientId: patient.patientId, uuid }))),
  );
const statusesOf = (reply: Reply): string[] =>
  reply.json().entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3));

/** What her app counts, finds, page by page, and is told of each series: the same number. */
async function expectTrueTotals(patient: Someone, stored: number): Promise<void> {
  const counted = await as(patient, 'GET', '/FHIR/R5/Observation?_summary=count');
  const found = await as(patient, 'GET', '/FHIR/R5/Observation?_count=1000');
  const series = await as(patient, 'GET', `/api/v1/patients/${patient.patientId}/series`);
  let entries = 0;
  for (let page = found.json(); ; ) {
    entries += page.entry?.length ?? 0;
    const next = page.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
    if (next === undefined) break;
    page = (await as(patient, 'GET', next.replace(/^https?:\/\/[^/]+/, ''))).json();
  }
  expect([counted.json().total, found.json().total, entries, series.json()[0]?.count ?? 0]).toEqual([
    stored,
    stored,
    stored,
    stored,
  ]);
}

it('stored in the middle, withdrawn, and then counted: told 201 and counted', async () => {
  const [patient] = people as [Someone];
  expect((await answer(patient, true)).statusCode).toBe(201);
  const uuids = Array.from({ length: ENTRIES }, () => randomUUID());
  const [uploaded, withdrawn] = await passInTurn(
    world.exchange.database,
    // Somebody else is about to store the last data point, and does not: the upload waits for it with the others stored.
    {
      text: `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, data_point)
        values ($1, 1, $2, $3, $4, '{}')`,
      values: [patient.patientId, codes.glucose, dataSources.meter, uuids.at(-1)],
    },
    () => upload(patient, uuids),
    () => answer(patient, false),
  );
  expect(withdrawn.statusCode).toBe(200);
  const statuses = statusesOf(uploaded);
  expect(['201', '403']).toContain(statuses[0]);
  expect(new Set(statuses).size, statuses.join()).toBe(1);
  await expectNoForbiddenState(world.exchange.database);
  await expectTrueTotals(patient, statuses[0] === '201' ? ENTRIES : 0);
});

it(
  `counts what it stores in ${ROUNDS} rounds of withdrawing and sharing again`,
  async () => {
    const patient = people[1]!;
    let stored = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await answer(patient, true);
      const uuids = Array.from({ length: ENTRIES }, () => randomUUID());
      const [uploaded] = await Promise.all([upload(patient, uuids), answer(patient, false)]);
      stored += statusesOf(uploaded).filter((status) => status === '201').length;
    }
    await expectNoForbiddenState(world.exchange.database);
    await expectTrueTotals(patient, stored);
  },
  timeLimit(30_000),
);
