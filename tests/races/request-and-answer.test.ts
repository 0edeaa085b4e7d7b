/** A patient answers while the study stops asking, or asks: no answer is left to what is not asked. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AttackWorld, answers, openAttackWorld } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, studies } from '../worlds/two-organizations.ts';
import { gatherPeople, type Someone } from './crowd.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { expectOnly, race } from './race.ts';

const STUDY = studies.glucose;
const ROUNDS = rounds(50, 500);

let world: AttackWorld;
let people: Someone[];
beforeAll(async () => {
  world = await openAttackWorld();
  people = await gatherPeople(world, ROUNDS, { studyIds: [STUDY] });
});
afterAll(() => world?.close());

const requests = `/api/v1/studies/${STUDY}/scope_requests`;
const body = { scopeCodeId: codes.glucose };
const answer = ({ patientId, token }: Someone, permitted: boolean) =>
  world.exchange.request('PATCH', `/api/v1/patients/${patientId}/consents`, {
    token,
    body: answers(STUDY, [codeNames.glucose], permitted),
  });

it(
  'stops asking while she answers: her answer comes too late, or ends',
  async () => {
    const [answered, stopped] = await race(ROUNDS, async (round) => {
      await world.deed('mo', 'POST', requests, body);
      return [() => answer(people[round]!, true), () => world.call('mo', 'DELETE', requests, { body })];
    });
    expectOnly(answered, 201, 400);
    expectOnly(stopped, 204);
    await expectNoForbiddenState(world.exchange.database);
    // Nothing of it counts when the study asks again.
    await world.deed('mo', 'POST', requests, body);
    const given = await world.sql('select patient_id from consent where study_id = $1 and code_id = $2', [
      STUDY,
      codes.glucose,
    ]);
    expect(given).toEqual([]);
  },
  timeLimit(30_000),
);

it(
  'changes its purpose while she answers: no yes to the one opens for the other',
  async () => {
    await world.deed('mo', 'POST', requests, body);
    const purposes = ['HQUALIMP', 'HRESCH'];
    const [answered, changed] = await race(ROUNDS, (round) => [
      () => answer(people[round]!, true),
      () => world.call('mo', 'PATCH', `/api/v1/studies/${STUDY}`, { body: { purpose: purposes[round % 2] } }),
    ]);
    expectOnly(answered, 200, 201);
    expectOnly(changed, 200);
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(30_000),
);

it(
  'asks while she answers: answered or refused, and never without a question',
  async () => {
    const [asked, answered] = await race(ROUNDS, async (round) => {
      await world.deed('mo', 'DELETE', requests, body);
      return [
        () => world.call('mo', 'POST', requests, { body }),
        () => answer(people[round]!, round % 3 > 0),
      ];
    });
    expectOnly(asked, 201);
    expectOnly(answered, 201, 400);
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(30_000),
);
