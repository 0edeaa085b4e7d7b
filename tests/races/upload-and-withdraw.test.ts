/** Readings that arrive while somebody at the study ends their sharing, and from two apps at once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { type AttackWorld, answers, openAttackWorld } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, studies } from '../worlds/two-organizations.ts';
import { gatherPeople, type Someone } from './crowd.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { expectOnly, race } from './race.ts';

const STUDY = studies.glucose;
const ROUNDS = rounds(50, 500);
const ENTRIES = 3;

let world: AttackWorld;
let people: Someone[];
beforeAll(async () => {
  world = await openAttackWorld();
  people = await gatherPeople(world, ROUNDS, { studyIds: [STUDY] });
  await Promise.all(
    people.map(({ patientId, token }) =>
      world.exchange.request('PATCH', `/api/v1/patients/${patientId}/consents`, {
        token,
        body: answers(STUDY, [codeNames.glucose], true),
      }),
    ),
  );
});
afterAll(() => world?.close());

const upload = ({ patientId, token }: Someone, uuids: readonly string[]) =>
  world.exchange.request('POST', '/FHIR/R5/', {
    token,
    body: bundle(...uuids.map((uuid) => glucose({ patientId, uuid }))),
  });
const uuids = () => Array.from({ length: ENTRIES }, () => randomUUID());
/** How many readings each patient has, by what is stored. */
const stored = async () =>
  new Map(
    (await world.sql('select patient_id, count(*)::int as n from observation group by 1')).map(
      ({ patient_id, n }) => [Number(patient_id), Number(n)],
    ),
  );

it(
  'two uploads of the same readings store them once',
  async () => {
    await race(ROUNDS, (round) => {
      const same = uuids();
      return [() => upload(people[round]!, same), () => upload(people[round]!, same)];
    });
    await expectNoForbiddenState(world.exchange.database);
    expect(new Set((await stored()).values())).toEqual(new Set([ENTRIES]));
  },
  timeLimit(30_000),
);

it.each([
  [
    'a member records her no',
    (id: number) =>
      world.call('rivera', 'PATCH', `/api/v1/patients/${id}/consents`, {
        body: answers(STUDY, [codeNames.glucose], false),
      }),
  ],
  [
    'a member ends her enrolment',
    (id: number) =>
      world.call('rivera', 'DELETE', `/api/v1/studies/${STUDY}/patients`, { body: { patientIds: [id] } }),
  ],
] as const)(
  'told 201 is stored and counted, told 403 is not, while %s',
  async (_name, end) => {
    const before = await stored();
    const accepted = new Map<number, number>();
    const [, ended] = await race(ROUNDS, (round) => {
      const patient = people[round]!;
      return [
        async () => {
          const reply = await upload(patient, uuids());
          const told: string[] = reply
            .json()
            .entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3));
          expect([new Set(['201']), new Set(['403'])]).toContainEqual(new Set(told));
          accepted.set(patient.patientId, told[0] === '201' ? ENTRIES : 0);
          return reply;
        },
        () => end(patient.patientId),
      ];
    });
    expectOnly(ended, 200, 204);
    await expectNoForbiddenState(world.exchange.database);
    const after = await stored();
    for (const { patientId } of people) {
      expect(after.get(patientId), String(patientId)).toBe(
        (before.get(patientId) ?? 0) + (accepted.get(patientId) ?? 0),
      );
    }
    const codesSeen = await world.sql('select distinct code_id from series');
    expect(codesSeen).toEqual([{ code_id: codes.glucose }]);
  },
  timeLimit(30_000),
);
