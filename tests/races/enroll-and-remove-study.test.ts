/**
 * A study is removed while somebody is enrolled in it, is proposed it, accepts it, or answers it: removed with all that
 * hangs on it, or refused, and nobody is told of a fault of ours.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Refusal } from '../../apps/exchange/src/domain/refusal.ts';
import { decideProposal } from '../../apps/exchange/src/operations/decide-proposal.ts';
import * as proposals from '../../apps/exchange/src/store/proposals.ts';
import { type AttackWorld, answers, openAttackWorld } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codeNames, codes, organizations } from '../worlds/two-organizations.ts';
import { PURPOSE_OF_A_TEST, principalOf } from './as-person.ts';
import { gatherPeople, gatherRecords, type Someone } from './crowd.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { type Deed, expectOnly, race } from './race.ts';
import { passInTurn } from './turnstile.ts';

const ROUNDS = rounds(50, 500);

let world: AttackWorld;
let records: number[];
let people: Someone[];
beforeAll(async () => {
  world = await openAttackWorld();
  records = await gatherRecords(world, ROUNDS);
  people = await gatherPeople(world, ROUNDS);
});
afterAll(() => world?.close());

/** Each round has a study of its own, which asks for glucose. */
let studies = 900_000;
async function newStudy(): Promise<number> {
  const id = ++studies;
  await world.sql(
    `with made as (insert into study (id, organization_id, name, description) values ($1, $2, 'Short', 'Short.'))
     insert into study_version (study_id, version, name, description, purpose) values ($1, 1, 'Short', 'Short.', 'HRESCH')`,
    [id, organizations.lakeside],
  );
  await world.sql('insert into requested_code (study_id, code_id) values ($1, $2)', [id, codes.glucose]);
  return id;
}

const enrol = (study: number, patientId: number) =>
  world.call('rivera', 'POST', `/api/v1/studies/${study}/patients`, { body: { patientIds: [patientId] } });
const attest = (study: number, patientId: number) =>
  world.call('mo', 'PATCH', `/api/v1/patients/${patientId}/consents`, {
    body: { ...answers(study, [codeNames.glucose], true), basis: 'signed form' },
  });
const remove = (study: number, cascade = true) =>
  world.call('mo', 'DELETE', `/api/v1/studies/${study}${cascade ? '?cascade=true' : ''}`);

/** Whoever was enrolled was unenrolled, and whatever was answered was ended: with an event each. */
async function expectNothingLeft(): Promise<void> {
  await expectNoForbiddenState(world.exchange.database);
  for (const table of ['enrollment', 'consent', 'proposal'])
    expect(
      await world.sql(
        `select study_id from ${table} where study_id >= 900000 and study_id not in (select id from study)`,
      ),
      table,
    ).toEqual([]);
  const unended = await world.sql(
    `select study_id, patient_id from consent_event v where study_id not in (select id from study)
     group by 1, 2 having count(*) filter (where decision = 'end') <> count(*) filter (where decision = 'permit')`,
  );
  expect(unended).toEqual([]);
  const kinds = await world.sql(
    `select study_id, patient_id from record_event where study_id not in (select id from study)
     group by 1, 2 having count(*) filter (where kind = 'unenrolled') <> count(*) filter (where kind in ('enrolled', 'joined'))`,
  );
  expect(kinds).toEqual([]);
}

it(
  'removed with all that hangs on it, while somebody is enrolled',
  async () => {
    const [enrolled, removed] = await race(ROUNDS, async (round) => {
      const study = await newStudy();
      return [() => enrol(study, records[round]!), () => remove(study)];
    });
    expectOnly(enrolled, 201, 403);
    expectOnly(removed, 204);
    await expectNothingLeft();
  },
  timeLimit(60_000),
);

it(
  'while somebody is enrolled and answered for at once',
  async () => {
    const [, removed] = await race(ROUNDS, async (round) => {
      const study = await newStudy();
      const both: Deed = async () => {
        const first = await enrol(study, records[round]!);
        return first.statusCode < 300 ? attest(study, records[round]!) : first;
      };
      return [both, () => remove(study)];
    });
    expectOnly(removed, 204);
    await expectNothingLeft();
  },
  timeLimit(60_000),
);

it(
  'not removed without a word, while somebody is enrolled: one of the two',
  async () => {
    const left: number[] = [];
    const [enrolled, removed] = await race(ROUNDS, async (round) => {
      const study = await newStudy();
      left.push(study);
      return [() => enrol(study, records[round]!), () => remove(study, false)];
    });
    expectOnly(enrolled, 201, 403);
    expectOnly(removed, 204, 409);
    expect((enrolled.get(201) ?? 0) + (removed.get(204) ?? 0)).toBe(ROUNDS);
    await expectNothingLeft();
  },
  timeLimit(60_000),
);

it('removed while the enrolment that holds the study is being written', async () => {
  for (const cascade of [true, false]) {
    const study = await newStudy();
    const [enrolled, removed] = await passInTurn(
      world.exchange.database,
      { text: 'select from patient where id = $1 for update', values: [records[0]] },
      () => enrol(study, records[0]!),
      () => remove(study, cascade),
    );
    expect([enrolled.statusCode, removed.statusCode]).toEqual([201, cascade ? 204 : 409]);
  }
  await expectNothingLeft();
});

it(
  'while it is proposed to a person, or the person accepts it',
  async () => {
    const { gate } = world.exchange;
    const [asked, removed] = await race(ROUNDS, async (round) => {
      const study = await newStudy();
      const person = people[round]!;
      if (round % 2) return [() => enrol(study, person.patientId), () => remove(study)];
      await enrol(study, person.patientId);
      const principal = await principalOf(gate, person);
      const [proposal] = await gate.read(principal, PURPOSE_OF_A_TEST, async (sight) =>
        (await proposals.own(sight, 'open')).filter(({ studyId }) => studyId === study),
      );
      if (!proposal) throw new Error('nothing was proposed');
      const accept: Deed = async () => {
        try {
          await gate.write(principal, PURPOSE_OF_A_TEST, (sight) =>
            decideProposal(sight, proposal.id, 'accept'),
          );
          return { statusCode: 200, body: '' };
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          return { statusCode: error.code === 'conflict' ? 409 : 404, body: error.message };
        }
      };
      return [accept, () => remove(study)];
    });
    expectOnly(asked, 200, 201, 403, 404, 409);
    expectOnly(removed, 204);
    await expectNothingLeft();
  },
  timeLimit(60_000),
);
