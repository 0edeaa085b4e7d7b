/** An answer for a record in keeping while its enrolment ends. (The patient's own: tests/attacks.) */
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
});
afterAll(() => world?.close());

it.each(['yes', 'no'])(
  'leaves no answer that was %s',
  async (word) => {
    const enrollment = `/api/v1/studies/${STUDY}/patients`;
    for (let from = 0; from < records.length; from += 50)
      await world.deed('mo', 'POST', enrollment, { patientIds: records.slice(from, from + 50) });
    const [answered, ended] = await race(ROUNDS, (round) => {
      const patientId = records[round]!;
      const body = { ...answers(STUDY, [codeNames.glucose], word === 'yes'), basis: 'signed form' };
      return [
        () => world.call('mo', 'PATCH', `/api/v1/patients/${patientId}/consents`, { body }),
        () => world.call('rivera', 'DELETE', enrollment, { body: { patientIds: [patientId] } }),
      ];
    });
    expectOnly(answered, 201, 400);
    expectOnly(ended, 204);
    await expectNoForbiddenState(world.exchange.database);
    expect(await world.sql('select patient_id from consent where study_id = $1', [STUDY])).toEqual([]);
  },
  timeLimit(30_000),
);
