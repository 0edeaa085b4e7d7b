/**
 * The attack: a study was moved to another organization and renamed, and every yes that people had given moved with it:
 * other people read, for another purpose, without an event and without a word to anybody.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { codeNames, codes, organizations, patients, practitioners } from '../worlds/two-organizations.ts';
import { type AttackWorld, answers, openAttackWorld, storeReadings } from './attack-world.ts';

const { ada } = patients;
const { harbor, lakeside } = organizations;
const STUDY = 30001;
const CONSENTS = `/api/v1/patients/${ada}/consents`;
const READINGS = 4;

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
  // Ada belongs to both organizations, and Mo manages at both: nothing else stood in the way.
  await world.deed('mo', 'DELETE', `/api/v1/studies/${STUDY}/patients`, { patientIds: [patients.ben] });
  await world.sql(
    `insert into membership (practitioner_id, organization_id, role) values (${practitioners.mo}, ${harbor}, 'manager')`,
  );
  await storeReadings(world, [[ada, codes.glucose]], READINGS);
});
/** How many lines her history had when the test began. */
let known: number;
beforeEach(async () => {
  await world.deed('ada', 'PATCH', CONSENTS, answers(STUDY, [codeNames.glucose], true));
  known = (await history()).length;
});
afterAll(() => world?.close());

const change = (body: object, method = 'PATCH') =>
  world.call('mo', method, `/api/v1/studies/${STUDY}`, { body });
const study = async () => (await world.call('mo', 'GET', `/api/v1/studies/${STUDY}`)).json();
const history = async (): Promise<string[]> =>
  (await world.call('ada', 'GET', `${CONSENTS}/history`))
    .json()
    .results.map(({ decision }: { decision: string }) => decision);
/** What was added to it since, newest first. */
const news = async () => (await history()).slice(0, -known);

it.each(['PATCH', 'PUT'])('%s to another organization is a conflict, and changes nothing', async (method) => {
  expect(await world.readingsSeen('rivera', ada)).toBe(READINGS);
  const grab = { organization: harbor, name: 'Insurance risk', description: 'Who will cost us.' };
  expect((await change(grab, method)).statusCode).toBe(409);
  expect((await change({ ...grab, organizationId: harbor }, method)).statusCode).toBe(409);
  expect(await study()).toMatchObject({ organization: { id: lakeside }, name: 'Glucose at Lakeside' });
  expect(await world.readingsSeen('hana', ada)).toBe(0);
  expect(await world.readingsSeen('rivera', ada)).toBe(READINGS);
  expect(await news()).toEqual([]);
});

it('the organization that it has may be said again', async () => {
  expect((await change({ organization: lakeside, name: 'Glucose' })).statusCode).toBe(200);
  expect(await world.readingsSeen('rivera', ada)).toBe(READINGS);
});

it('another purpose asks again: the yes ends at once, with an event that she finds', async () => {
  const { statusCode } = await change({ purpose: 'HQUALIMP' });
  expect(statusCode).toBe(200);
  expect(await world.readingsSeen('rivera', ada)).toBe(0);
  expect(await news()).toEqual(['end']);
  // And back is not back.
  await change({ purpose: 'HRESCH' });
  expect(await world.readingsSeen('rivera', ada)).toBe(0);
});

it('another end asks again', async () => {
  expect((await change({ endsAt: '2099-01-01T00:00:00Z' })).statusCode).toBe(200);
  expect(await world.readingsSeen('rivera', ada)).toBe(0);
  expect(await news()).toEqual(['end']);
});

it('also where nobody is enrolled: a study is copied, and answers are not', async () => {
  await world.deed('mo', 'DELETE', `/api/v1/studies/${STUDY}/patients`, { patientIds: [ada] });
  expect((await change({ organization: harbor })).statusCode).toBe(409);
});
