/**
 * A person accepts what an organization proposed while somebody there takes them out, while they decline it in another
 * window, and while the study ends.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Refusal } from '../../apps/exchange/src/domain/refusal.ts';
import { decideProposal } from '../../apps/exchange/src/operations/decide-proposal.ts';
import * as proposals from '../../apps/exchange/src/store/proposals.ts';
import { type AttackWorld, openAttackWorld } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { organizations } from '../worlds/two-organizations.ts';
import { PURPOSE_OF_A_TEST, principalOf } from './as-person.ts';
import { gatherPeople, type Someone } from './crowd.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { type Deed, expectOnly, race } from './race.ts';

const { lakeside } = organizations;
const ROUNDS = rounds(50, 500);

let world: AttackWorld;
let people: Someone[];
/** A new one for each test, so that each begins with proposals. */
let study: number;
beforeAll(async () => {
  world = await openAttackWorld();
  people = await gatherPeople(world, ROUNDS);
});
afterAll(() => world?.close());
beforeEach(async () => {
  await world.sql(
    `insert into patient_organization (patient_id, organization_id)
     select p.id, $1 from patient p where p.id = any($2) on conflict do nothing`,
    [lakeside, people.map(({ patientId }) => patientId)],
  );
  const made = await world.call('mo', 'POST', '/api/v1/studies', {
    body: { organization: lakeside, name: 'Another', description: 'One more.' },
  });
  study = made.json().id;
  const patientIds = people.map(({ patientId }) => patientId);
  await world.deed('mo', 'POST', `/api/v1/studies/${study}/patients`, { patientIds });
  expect(await enrolled()).toEqual([]);
});

const enrolled = async () =>
  (await world.sql('select patient_id from enrollment where study_id = $1', [study])).map(({ patient_id }) =>
    Number(patient_id),
  );
const members = async () =>
  new Set(
    (
      await world.sql('select patient_id from patient_organization where organization_id = $1', [lakeside])
    ).map(({ patient_id }) => Number(patient_id)),
  );

/** The person decides about what this study proposed. */
async function decider(person: Someone): Promise<(decision: 'accept' | 'decline') => Promise<Answered>> {
  const { gate } = world.exchange;
  const principal = await principalOf(gate, person);
  const [proposal] = await gate.read(principal, PURPOSE_OF_A_TEST, async (sight) =>
    (await proposals.own(sight, 'open')).filter(({ studyId }) => studyId === study),
  );
  if (!proposal) throw new Error('nothing was proposed');
  return async (decision) => {
    try {
      await gate.write(principal, PURPOSE_OF_A_TEST, (sight) => decideProposal(sight, proposal.id, decision));
      return { statusCode: 200, body: '' };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { statusCode: error.code === 'conflict' ? 409 : 404, body: error.message };
    }
  };
}
type Answered = Awaited<ReturnType<Deed>>;

it(
  'taken out while they accept: in with the study, or out of both',
  async () => {
    const [accepted, removed] = await race(ROUNDS, async (round) => {
      const person = people[round]!;
      const decide = await decider(person);
      const url = `/api/v1/patients/${person.patientId}?organizationId=${lakeside}`;
      return [() => decide('accept'), () => world.call('mo', 'DELETE', url)];
    });
    expectOnly(accepted, 200);
    expectOnly(removed, 204);
    await expectNoForbiddenState(world.exchange.database);
    const known = await members();
    for (const patientId of await enrolled()) expect(known).toContain(patientId);
  },
  timeLimit(30_000),
);

it(
  'accepted and declined in two windows: one of them',
  async () => {
    const [accepted, declined] = await race(ROUNDS, async (round) => {
      const decide = await decider(people[round]!);
      return [() => decide('accept'), () => decide('decline')];
    });
    expectOnly(accepted, 200, 409);
    expectOnly(declined, 200, 409);
    expect((accepted.get(200) ?? 0) + (declined.get(200) ?? 0)).toBe(ROUNDS);
    expect(await enrolled()).toHaveLength(accepted.get(200) ?? 0);
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(30_000),
);

it(
  'accepted while it is proposed again: takes part, and is not asked once more',
  async () => {
    const [accepted, proposed] = await race(ROUNDS, async (round) => {
      const person = people[round]!;
      const decide = await decider(person);
      const body = { patientIds: [person.patientId] };
      return [
        () => decide('accept'),
        () => world.call('rivera', 'POST', `/api/v1/studies/${study}/patients`, { body }),
      ];
    });
    expectOnly(accepted, 200);
    expectOnly(proposed, 201);
    expect(await enrolled()).toHaveLength(ROUNDS);
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(30_000),
);
