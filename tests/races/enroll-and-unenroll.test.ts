/** Enrolling while an enrolment ends: enrolled or not in the end, and nothing half. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AttackWorld, answers, openAttackWorld } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, studies } from '../worlds/two-organizations.ts';
import { gatherRecords } from './crowd.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { expectOnly, race } from './race.ts';

const STUDY = studies.glucose;
const ROUNDS = rounds(50, 500);

let world: AttackWorld;
let records: number[];
beforeAll(async () => {
  world = await openAttackWorld();
  records = await gatherRecords(world, ROUNDS, { studyIds: [STUDY] });
  // Each with an answer that ends with the enrolment.
  for (const patientId of records) {
    const body = { ...answers(STUDY, [codeNames.glucose], true), basis: 'signed form' };
    await world.deed('mo', 'PATCH', `/api/v1/patients/${patientId}/consents`, body);
  }
});
afterAll(() => world?.close());

const path = `/api/v1/studies/${STUDY}/patients`;

it(
  'leaves no answer of before in an enrolment of after',
  async () => {
    const [enrolled, ended] = await race(ROUNDS, (round) => {
      const body = { patientIds: [records[round]!] };
      return [
        () => world.call('mo', 'POST', path, { body }),
        () => world.call('rivera', 'DELETE', path, { body }),
      ];
    });
    expectOnly(enrolled, 201);
    expectOnly(ended, 204);
    await expectNoForbiddenState(world.exchange.database);
    // Whoever is enrolled now was enrolled anew or stayed; an answer is left in neither: the end came to each of them.
    expect(await world.sql('select patient_id from consent where study_id = $1', [STUDY])).toEqual([]);
    const [{ ends }] = (await world.sql(
      "select count(*)::int as ends from consent_event where decision = 'end'",
    )) as [{ ends: number }];
    expect(ends).toBe(ROUNDS);
  },
  timeLimit(30_000),
);
