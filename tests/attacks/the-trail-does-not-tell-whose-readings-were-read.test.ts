/**
 * The attack: somebody who administers, and reads no readings, reads in the trail whose readings were read, and so who
 * shares something with which clinician. Lines about readings are there, without whose they are; they cannot be looked for
 * by patient either; the patient's own trail says it.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, patients, users } from '../worlds/two-organizations.ts';

type Line = { resource: string; patientId: number | null; rows: number; userId: number };

let exchange: TestExchange;
let root: string;
let ada: string;
beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  ada = await mintToken(exchange, {
    userId: users.ada,
    clientId: 'glucose-app',
    defaultScope: 'patient/*.cruds',
  });
  root = await mintToken(exchange, { userId: users.root });
  const body = bundle(glucose({ patientId: patients.ada, value: 100 }));
  expect((await exchange.request('POST', '/FHIR/R5', { token: ada, body })).statusCode).toBe(200);
  const rivera = await mintToken(exchange, { userId: users.rivera });
  for (const url of [
    '/FHIR/R5/Observation',
    '/FHIR/R5/Observation?_summary=count',
    '/api/v1/observations',
    `/api/v1/patients/${patients.ada}/series`,
    `/FHIR/R5/Patient/${patients.ada}`,
  ])
    expect((await exchange.request('GET', url, { token: rivera })).statusCode, url).toBe(200);
});
afterAll(() => exchange?.close());

const trail = async (token: string, query = ''): Promise<Line[]> =>
  (await exchange.request('GET', `/api/v1/audit_events?pageSize=1000${query}`, { token })).json().results;

it('those who administer see that readings were read, by whom and how many, and not whose', async () => {
  const lines = (await trail(root)).filter(({ resource }) => resource === 'Observation');
  expect(lines.length).toBeGreaterThanOrEqual(5);
  expect(lines.filter(({ patientId }) => patientId !== null)).toEqual([]);
  expect(lines.some(({ rows, userId }) => rows > 0 && userId === users.rivera)).toBe(true);
});

it('they cannot look for them by patient, and find what they may know', async () => {
  const lines = await trail(root, `&patientId=${patients.ada}`);
  expect(lines.map(({ resource }) => resource)).toContain('Patient');
  expect(lines.map(({ resource }) => resource)).not.toContain('Observation');
});

it('the patient sees each of them', async () => {
  const lines = (await trail(ada)).filter(({ resource }) => resource === 'Observation');
  expect(lines.length).toBeGreaterThanOrEqual(5);
  expect(new Set(lines.map(({ patientId }) => patientId))).toEqual(new Set([patients.ada]));
});
