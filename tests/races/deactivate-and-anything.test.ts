/** Somebody is deactivated while they do something: done before or refused, and out with the next request. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { type AttackWorld, answers, openAttackWorld, storeReadings } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, patients, studies, users } from '../worlds/two-organizations.ts';
import { gatherPeople, gatherRecords, type Someone } from './crowd.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { type Deed, expectOnly, race } from './race.ts';
import { passInTurn } from './turnstile.ts';

const STUDY = studies.glucose;
const ROUNDS = rounds(50, 500);

let world: AttackWorld;
let people: Someone[];
let records: number[];
beforeAll(async () => {
  world = await openAttackWorld();
  people = await gatherPeople(world, ROUNDS, { studyIds: [STUDY] });
  records = await gatherRecords(world, ROUNDS);
  await storeReadings(world, [[patients.ada, codes.glucose]], 3);
  await world.deed(
    'ada',
    'PATCH',
    `/api/v1/patients/${patients.ada}/consents`,
    answers(STUDY, [codeNames.glucose], true),
  );
});
afterAll(() => world?.close());

/** By whoever operates the exchange. */
const setActive =
  (userId: number, active: boolean): Deed =>
  async () => {
    await world.sql('update app_user set active = $2 where id = $1', [userId, active]);
    return { statusCode: 204, body: '' };
  };

it(
  'a patient who answers and sends',
  async () => {
    const asPatient = ({ token }: Someone, method: string, url: string, body: unknown) =>
      world.exchange.request(method, url, { token, body });
    const yes = ({ patientId }: Someone) => ({
      path: `/api/v1/patients/${patientId}/consents`,
      body: answers(STUDY, [codeNames.glucose], true),
    });
    const [told] = await race(ROUNDS, async (round) => {
      const patient = people[round]!;
      const { path, body } = yes(patient);
      if (round % 2) await asPatient(patient, 'PATCH', path, body);
      const entry = bundle(glucose({ patientId: patient.patientId, uuid: randomUUID() }));
      return [
        () =>
          round % 2
            ? asPatient(patient, 'POST', '/FHIR/R5/', entry)
            : asPatient(patient, 'PATCH', path, body),
        setActive(patient.userId, false),
      ];
    });
    expectOnly(told, 200, 201, 400, 401, 403);
    await expectNoForbiddenState(world.exchange.database);
    for (const patient of people.slice(0, 10)) {
      const next = await asPatient(patient, 'PATCH', yes(patient).path, yes(patient).body);
      expect(next.statusCode).toBe(401);
    }
  },
  timeLimit(30_000),
);

it(
  'a manager who enrols, answers, reads and removes',
  async () => {
    const [told] = await race(ROUNDS, async (round) => {
      await setActive(users.mo, true)();
      const patientId = records[round]!;
      const body = { patientIds: [patientId] };
      const consents = `/api/v1/patients/${patientId}/consents`;
      const attested = { ...answers(STUDY, [codeNames.glucose], true), basis: 'signed form' };
      const deeds: Deed[] = [
        () => world.call('mo', 'POST', `/api/v1/studies/${STUDY}/patients`, { body }),
        () => world.call('mo', 'PATCH', consents, { body: attested }),
        () => world.call('mo', 'GET', `/FHIR/R5/Observation?patient=${patients.ada}`),
        () => world.call('mo', 'DELETE', `/api/v1/studies/${STUDY}/patients`, { body }),
      ];
      if (round % 4 === 1) await world.deed('rivera', 'POST', `/api/v1/studies/${STUDY}/patients`, body);
      return [deeds[round % 4]!, setActive(users.mo, false)];
    });
    // 400: what they act on is nothing to them any more.
    expectOnly(told, 200, 201, 204, 400, 401, 403);
    await expectNoForbiddenState(world.exchange.database);
    expect((await world.call('mo', 'GET', '/api/v1/patients')).statusCode).toBe(401);
    expect(await world.readingsSeen('mo', patients.ada)).toBe(0);
  },
  timeLimit(30_000),
);

it('a patient who is deactivated in the middle of answering: refused, and nothing of it is kept', async () => {
  const [person] = people.slice(-1) as [Someone];
  await setActive(person.userId, true)();
  const before = await world.sql('select * from consent where patient_id = $1', [person.patientId]);
  const [answered] = await passInTurn(
    world.exchange.database,
    { text: 'select from code where id = $1 for update', values: [codes.sleep] },
    () =>
      world.exchange.request('PATCH', `/api/v1/patients/${person.patientId}/consents`, {
        token: person.token,
        body: answers(STUDY, [codeNames.sleep], true),
      }),
    setActive(person.userId, false),
  );
  expect([401, 403], answered.body).toContain(answered.statusCode);
  expect(await world.sql('select * from consent where patient_id = $1', [person.patientId])).toEqual(before);
  await expectNoForbiddenState(world.exchange.database);
});
