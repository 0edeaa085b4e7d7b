/**
 * The attack: an answer that came while the enrolment ended was stored after everything else had been cleared. It stood
 * there without an enrolment, unseen, and counted as soon as the patient was enrolled again: a yes to a study that asks
 * anew. In 23 of 60 rounds it survived; in one the answer was a fault of the server.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatherPeople, type Someone } from '../races/crowd.ts';
import { expectNoForbiddenState } from '../races/forbidden-states.ts';
import { passInTurn } from '../races/turnstile.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld } from './attack-world.ts';

const STUDY = studies.glucose;
const ROUNDS = rounds(50, 500);

let world: AttackWorld;
let people: Someone[];
beforeAll(async () => {
  world = await openAttackWorld();
  people = await gatherPeople(world, ROUNDS + 1, { studyIds: [STUDY] });
});
afterAll(() => world?.close());

const answer = ({ patientId, token }: Someone) =>
  world.exchange.request('PATCH', `/api/v1/patients/${patientId}/consents`, {
    token,
    body: answers(STUDY, [codeNames.glucose, codeNames.heartRate], true),
  });
const unenroll = ({ patientId }: Someone) =>
  world.call('rivera', 'DELETE', `/api/v1/studies/${STUDY}/patients`, { body: { patientIds: [patientId] } });
const answersLeft = () => world.sql('select patient_id, code_id from consent where study_id = $1', [STUDY]);

it('answered in the middle, unenrolled, and then the answer goes through', async () => {
  const [patient] = people.slice(-1) as [Someone];
  const [answered, ended] = await passInTurn(
    world.exchange.database,
    { text: 'select from code where id = $1 for update', values: [codes.heartRate] },
    () => answer(patient),
    () => unenroll(patient),
  );
  expect([201, 400]).toContain(answered.statusCode);
  expect(ended.statusCode).toBe(204);
  await expectNoForbiddenState(world.exchange.database);
  expect(await answersLeft()).toEqual([]);
});

it(
  `leaves no answer behind in ${ROUNDS} rounds, and no fault`,
  async () => {
    const statuses = new Set<number>();
    for (const [round, patient] of people.slice(0, ROUNDS).entries()) {
      const deeds = [() => answer(patient), () => unenroll(patient)];
      if (round % 2) deeds.reverse();
      for (const { statusCode } of await Promise.all(deeds.map((deed) => deed()))) statuses.add(statusCode);
    }
    expect([...statuses].filter((status) => ![201, 204, 400].includes(status))).toEqual([]);
    await expectNoForbiddenState(world.exchange.database);
    expect(await answersLeft()).toEqual([]);
  },
  timeLimit(30_000),
);
