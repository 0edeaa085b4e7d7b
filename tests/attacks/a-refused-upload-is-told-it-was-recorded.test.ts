/**
 * The fault: readings that arrived while their consent was withdrawn were not stored, and each was answered 409, "another
 * data point with this uuid is already recorded". A client that hears that drops its data. They are refused: 403, so
 * that the client keeps them.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { gatherPeople, type Someone } from '../races/crowd.ts';
import { expectNoForbiddenState } from '../races/forbidden-states.ts';
import { passInTurn } from '../races/turnstile.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, type Reply } from './attack-world.ts';

const STUDY = studies.glucose;
const ROUNDS = rounds(50, 500);
const ENTRIES = 3;

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
const readings = ({ patientId }: Someone, count: number) =>
  Array.from({ length: count }, () => glucose({ patientId, uuid: randomUUID() }));
const upload = (patient: Someone, resources: readonly object[]) =>
  as(patient, 'POST', '/FHIR/R5/', bundle(...resources));
const statusesOf = (reply: Reply): string[] =>
  reply.json().entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3));

it('checked, withdrawn, and then not stored: told 403, and taken when it is sent again later', async () => {
  const [patient] = people as [Someone];
  expect((await answer(patient, true)).statusCode).toBe(201);
  expect(statusesOf(await upload(patient, readings(patient, 1)))).toEqual(['201']);
  const sent = readings(patient, ENTRIES);
  const [uploaded, withdrawn] = await passInTurn(
    world.exchange.database,
    {
      text: 'select from series where patient_id = $1 and code_id = $2 for update',
      values: [patient.patientId, codes.glucose],
    },
    () => upload(patient, sent),
    () => answer(patient, false),
  );
  expect(withdrawn.statusCode).toBe(200);
  const statuses = statusesOf(uploaded);
  // Either it came first, whole, or it is refused, whole.
  expect(['201', '403'].map((status) => statuses.every((one) => one === status))).toContain(true);
  expect((await answer(patient, true)).statusCode).toBe(200);
  const again = statuses[0] === '201' ? '200' : '201';
  expect(statusesOf(await upload(patient, sent))).toEqual(sent.map(() => again));
});

it(
  `tells no new reading that it is known in ${ROUNDS} rounds`,
  async () => {
    const patient = people[1]!;
    const told = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      await answer(patient, true);
      const [uploaded] = await Promise.all([
        upload(patient, readings(patient, ENTRIES)),
        answer(patient, false),
      ]);
      for (const status of statusesOf(uploaded)) told.set(status, (told.get(status) ?? 0) + 1);
    }
    expect([...told.keys()].filter((status) => status !== '201' && status !== '403')).toEqual([]);
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(30_000),
);
