/**
 * The attack: an identifier of a reading was unique over all codes of a patient, so whoever uploads a reading of what
 * is shared was refused for an identifier that a hidden reading has, and knew of it. Numbers of readings came one after
 * another, so two uploads told how many others had come in between.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { codeNames, dataSources, patients, studies } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, told } from './attack-world.ts';

const { ada } = patients;
const SYSTEM = 'urn:example:diary';

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  const consents = `/api/v1/patients/${ada}/consents`;
  // Lakeside may read glucose; heart rate goes to Harbor alone.
  await world.deed('ada', 'PATCH', consents, answers(studies.glucose, [codeNames.glucose], true));
  await world.deed('ada', 'PATCH', consents, answers(studies.sleep, [codeNames.heartRate], true));
});
afterAll(() => world?.close());

const upload = (who: 'ada' | 'rivera' | 'hana', resource: object) =>
  world.call(who, 'POST', '/FHIR/R5/Observation', { body: resource });
const visible = (value?: string) =>
  glucose({ patientId: ada, ...(value === undefined ? {} : { identifier: { system: SYSTEM, value } }) });
const hidden = (value?: string) =>
  glucose({
    patientId: ada,
    code: codeNames.heartRate,
    device: dataSources.band,
    ...(value === undefined ? {} : { identifier: { system: SYSTEM, value } }),
  });

it('an identifier of a hidden reading is free to whoever does not see it', async () => {
  expect((await upload('ada', hidden('stay in hospital'))).statusCode).toBe(201);
  const taken = await upload('rivera', visible('stay in hospital'));
  const free = await upload('rivera', visible('nothing at all'));
  const alike = (reply: typeof free) => {
    const { status, body } = told(reply);
    return { status, body: body.replace(/"(data|value)":"[^"]*"/g, '') };
  };
  expect(alike(taken)).toEqual(alike(free));
  expect(taken.statusCode).toBe(201);
  // In a batch as well, each entry for itself.
  const entry = [visible('stay in hospital 2'), visible('nothing 2')].map((resource) => ({
    resource,
    request: { method: 'POST', url: 'Observation' },
  }));
  expect((await upload('ada', hidden('stay in hospital 2'))).statusCode).toBe(201);
  const batch = await world.call('rivera', 'POST', '/FHIR/R5/', {
    body: { resourceType: 'Bundle', type: 'batch', entry },
  });
  const statuses = batch.json().entry.map((one: { response: { status: string } }) => one.response.status);
  expect(statuses).toEqual(['201 Created', '201 Created']);
});

it('an identifier that the uploader sees is still taken', async () => {
  expect((await upload('rivera', visible('mine'))).statusCode).toBe(201);
  expect((await upload('rivera', visible('mine'))).statusCode).toBe(409);
});

it('the numbers of two readings do not tell how many hidden ones came in between', async () => {
  const idOf = async (resource: object) => Number((await upload('rivera', resource)).json().id);
  const distances = async (between: number) => {
    const found: number[] = [];
    for (let round = 0; round < 12; round++) {
      const first = await idOf(visible());
      for (let n = 0; n < between; n++) expect((await upload('ada', hidden())).statusCode).toBe(201);
      found.push((await idOf(visible())) - first);
    }
    return found;
  };
  // A distance seen with nothing in between is as large as one seen with a reading in between, and the other way round.
  expect(Math.max(...(await distances(0)))).toBeGreaterThanOrEqual(Math.min(...(await distances(1))));
});
