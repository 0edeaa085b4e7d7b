/**
 * The attack: while a manager took a patient out of an organization, a colleague enrolled her there. Both were answered
 * with success, and what was left was an enrolment without a membership: members went on reading, and the patient's own
 * list did not show the study, so she could not end it.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatherPeople, type Someone } from '../races/crowd.ts';
import { expectNoForbiddenState } from '../races/forbidden-states.ts';
import { passInTurn } from '../races/turnstile.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, organizations, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, storeReadings } from './attack-world.ts';

const { lakeside } = organizations;
const ROUNDS = rounds(50, 500);
const READINGS = 2;

let world: AttackWorld;
let people: Someone[];
beforeAll(async () => {
  world = await openAttackWorld();
  people = await gatherPeople(world, ROUNDS + 1);
});
afterAll(() => world?.close());

const remove = ({ patientId }: Someone) =>
  world.call('mo', 'DELETE', `/api/v1/patients/${patientId}?organizationId=${lakeside}`);
const enroll = ({ patientId }: Someone) =>
  world.call('rivera', 'POST', `/api/v1/studies/${studies.glucose}/patients`, {
    body: { patientIds: [patientId] },
  });

/** What staff try next, and what they read then; and what the patient herself is shown. */
async function expectOutside({ patientId, token }: Someone): Promise<void> {
  const path = `/api/v1/patients/${patientId}/consents`;
  const yes = { ...answers(studies.glucose, [codeNames.glucose], true), basis: 'signed form' };
  for (const who of ['rivera', 'mo'] as const) {
    await world.call(who, 'PATCH', path, { body: yes });
    expect(await world.readingsSeen(who, patientId), `${who} of ${patientId}`).toBe(0);
  }
  const { studies: answered, studiesPendingConsent } = (
    await world.exchange.request('GET', path, { token })
  ).json();
  expect([...answered, ...studiesPendingConsent]).toEqual([]);
}

it('enrolled while the removal has begun, and answered when it has ended', async () => {
  const [patient] = people.slice(-1) as [Someone];
  await storeReadings(world, [[patient.patientId, codes.glucose]], READINGS);
  const [removed, enrolled] = await passInTurn(
    world.exchange.database,
    {
      text: 'select from patient_organization where patient_id = $1 and organization_id = $2 for update',
      values: [patient.patientId, lakeside],
    },
    () => remove(patient),
    () => enroll(patient),
  );
  expect(enrolled.statusCode).toBeLessThan(500);
  expect(removed.statusCode).toBe(204);
  await expectNoForbiddenState(world.exchange.database);
  await expectOutside(patient);
});

it(
  `leaves no enrolment behind in ${ROUNDS} rounds, whoever comes first`,
  async () => {
    const statuses = new Set<number>();
    for (const [round, patient] of people.slice(0, ROUNDS).entries()) {
      const deeds = [() => enroll(patient), () => remove(patient)];
      if (round % 2) deeds.reverse();
      for (const { statusCode } of await Promise.all(deeds.map((deed) => deed()))) statuses.add(statusCode);
    }
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(30_000),
);
