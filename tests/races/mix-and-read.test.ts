/**
 * A person's first own reading mixes a series that others attested to, while a member reads it: the member sees what was
 * kept in the organization's time, or nothing, and never the person's reading.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { type AttackWorld, openAttackWorld } from '../attacks/attack-world.ts';
import { rounds, timeLimit } from '../setup/nightly.ts';
import { codes, dataSources, studies } from '../worlds/two-organizations.ts';
import { gatherAttested, type Someone } from './crowd.ts';
import { expectNoForbiddenState } from './forbidden-states.ts';
import { expectOnly, race } from './race.ts';
import { passInTurn } from './turnstile.ts';

const ROUNDS = rounds(50, 500);
const READINGS = 3;
const OTHERS = 3;

let world: AttackWorld;
let people: Someone[];
beforeAll(async () => {
  world = await openAttackWorld();
  people = await gatherAttested(world, ROUNDS + OTHERS, {
    studyId: studies.glucose,
    codeId: codes.glucose,
    dataSourceId: dataSources.meter,
    readings: READINGS,
  });
});
afterAll(() => world?.close());

const upload = ({ patientId, token }: Someone) =>
  world.exchange.request('POST', '/FHIR/R5/Observation', {
    token,
    body: glucose({ patientId, uuid: randomUUID() }),
  });
const read = ({ patientId }: Someone) =>
  world.call('rivera', 'GET', `/FHIR/R5/Observation?patient=${patientId}&_count=100`);
const entriesOf = (reply: { body: string }) => JSON.parse(reply.body).entry?.length ?? 0;

it(
  'shows what was there before, or nothing',
  async () => {
    const [mixed, found] = await race(ROUNDS, async (round) => {
      const person = people[round]!;
      expect(entriesOf(await read(person))).toBe(READINGS);
      return [
        () => upload(person),
        async () => {
          const reply = await read(person);
          expect([0, READINGS]).toContain(entriesOf(reply));
          return reply;
        },
      ];
    });
    expectOnly(mixed, 201);
    expectOnly(found, 200);
    for (const person of people.slice(0, ROUNDS)) expect(entriesOf(await read(person))).toBe(0);
    await expectNoForbiddenState(world.exchange.database);
  },
  timeLimit(30_000),
);

it('read in the middle of mixing: nothing of what is being stored', async () => {
  const person = people[ROUNDS]!;
  const [mixed, found] = await passInTurn(
    world.exchange.database,
    { text: 'select from code where id = $1 for update', values: [codes.glucose] },
    () => upload(person),
    () => read(person),
  );
  expect(mixed.statusCode).toBe(201);
  expect([0, READINGS]).toContain(entriesOf(found));
  expect(entriesOf(await read(person))).toBe(0);
  await expectNoForbiddenState(world.exchange.database);
});

it('sent in a batch: told 201 and stored, and from then on refused until she answers', async () => {
  const person = people[ROUNDS + 1]!;
  const send = () =>
    world.exchange.request('POST', '/FHIR/R5/', {
      token: person.token,
      body: bundle(glucose({ patientId: person.patientId, uuid: randomUUID() })),
    });
  const statusOf = (reply: { body: string }) => JSON.parse(reply.body).entry[0].response.status.slice(0, 3);
  expect(statusOf(await send())).toBe('201');
  expect(statusOf(await send())).toBe('403');
  expect(entriesOf(await read(person))).toBe(0);
  await expectNoForbiddenState(world.exchange.database);
});

it('what was recorded before is sent again: nothing is mixed by it', async () => {
  const person = people[ROUNDS + 2]!;
  const uuid = randomUUID();
  const known = glucose({ patientId: person.patientId, uuid });
  const dataPoint = Buffer.from(known.valueAttachment.data, 'base64').toString();
  await world.sql(
    `update observation set data_point_uuid = $2, data_point = $3::json
     where patient_id = $1 and id = (select min(id) from observation where patient_id = $1)`,
    [person.patientId, uuid, dataPoint],
  );
  const again = await world.exchange.request('POST', '/FHIR/R5/Observation', {
    token: person.token,
    body: known,
  });
  expect(again.statusCode).toBe(200);
  expect(entriesOf(await read(person))).toBe(READINGS);
  await expectNoForbiddenState(world.exchange.database);
});
