/**
 * Filters by patient, study and organization, asked by somebody who sees both sides of each: with one place asked for,
 * the other's rows are not there, in pages and in totals, in both faces. (A filter that let everything through passed
 * every test whose caller saw one place only.)
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import {
  codeNames,
  dataSources,
  fillTwoOrganizations,
  organizations,
  patients,
  practitioners,
  studies,
  users,
} from '../../../../tests/worlds/two-organizations.ts';
import { bundle, glucose } from './reading.test-data.ts';

let exchange: TestExchange;
let rivera: string;
beforeAll(async () => {
  exchange = await openTestExchange();
  const { owner } = exchange.database;
  await fillTwoOrganizations(owner);
  // Rivera works in both places.
  await owner.query(
    `insert into membership (practitioner_id, organization_id, role) values (${practitioners.rivera}, ${organizations.harbor}, 'member')`,
  );
  const ada = await mintToken(exchange, {
    userId: users.ada,
    clientId: 'glucose-app',
    defaultScope: 'patient/*.cruds',
  });
  const uploaded = await exchange.request('POST', '/FHIR/R5', {
    token: ada,
    body: bundle(
      glucose({ patientId: patients.ada, value: 100 }),
      glucose({ patientId: patients.ada, value: 101, at: '2026-03-01T10:00:00Z' }),
      glucose({ patientId: patients.ada, code: codeNames.heartRate, device: dataSources.band, value: 61 }),
    ),
  });
  expect(uploaded.json().entry.map((one: { response: { status: string } }) => one.response.status)).toEqual([
    '201 Created',
    '201 Created',
    '201 Created',
  ]);
  rivera = await mintToken(exchange, { userId: users.rivera });
});
afterAll(() => exchange?.close());

const ask = (url: string) => exchange.request('GET', url, { token: rivera });

/** What a search finds, and how many it says there are. */
async function find(type: string, query: string): Promise<{ found: string[]; total: number }> {
  const reply = await ask(`/FHIR/R5/${type}?${query}`);
  expect(reply.statusCode, reply.body).toBe(200);
  const { entry, total } = reply.json();
  const found = entry.map(
    ({ resource }: { resource: { id: string; code?: { coding: { code: string }[] } } }) =>
      type === 'Observation' ? String(resource.code?.coding[0]?.code) : resource.id,
  );
  return { found: found.sort(), total };
}

const STUDY: Readonly<Record<string, string>> = {
  Observation: 'patient._has:Group:member:_id',
  Patient: '_has:Group:member:_id',
  Practitioner: 'patient._has:Group:member:_id',
};
const { ada, ben, cleo, dora } = patients;
const g = codeNames.glucose;
const h = codeNames.heartRate;
const staffAt = { lakeside: ['mo', 'rivera', 'vic'], harbor: ['hana', 'rivera'] } as const;
const ids = (names: readonly (keyof typeof practitioners)[]) =>
  names.map((who) => String(practitioners[who])).sort();

describe.each<[type: string, query: string, expected: readonly (string | number)[]]>([
  ['Observation', '', [g, g, h]],
  ['Observation', `patient.organization=${organizations.lakeside}`, [g, g]],
  ['Observation', `patient.organization=${organizations.harbor}`, [h]],
  ['Observation', `${STUDY.Observation}=${studies.glucose}`, [g, g]],
  ['Observation', `${STUDY.Observation}=${studies.sleep}`, [h]],
  ['Observation', `patient=${ada}`, [g, g, h]],
  ['Observation', `patient=${ben}`, []],
  ['Patient', '', [ada, ben, cleo, dora]],
  ['Patient', `organization=${organizations.lakeside}`, [ada, ben, dora]],
  ['Patient', `organization=${organizations.harbor}`, [ada, cleo]],
  ['Patient', `patient.organization=${organizations.harbor}`, [ada, cleo]],
  ['Patient', `${STUDY.Patient}=${studies.glucose}`, [ada, ben]],
  ['Patient', `${STUDY.Patient}=${studies.sleep}`, [ada, cleo]],
  ['Patient', `patient=${ben}`, [ben]],
  ['Practitioner', `organization=${organizations.lakeside}`, ids(staffAt.lakeside)],
  ['Practitioner', `organization=${organizations.harbor}`, ids(staffAt.harbor)],
  ['Practitioner', `${STUDY.Practitioner}=${studies.glucose}`, ids(staffAt.lakeside)],
  ['Practitioner', `${STUDY.Practitioner}=${studies.sleep}`, ids(staffAt.harbor)],
  ['Practitioner', `patient=${ben}`, ids(staffAt.lakeside)],
  ['Practitioner', `patient=${cleo}`, ids(staffAt.harbor)],
])('%s?%s', (type, query, expected) => {
  test('finds and counts what is of that place', async () => {
    const wanted = expected.map(String).sort();
    expect(await find(type, query)).toEqual({ found: wanted, total: wanted.length });
  });
});

describe('the Admin API', () => {
  test.each<[path: string, expected: readonly number[]]>([
    ['/api/v1/patients', [ada, ben, cleo, dora]],
    [`/api/v1/patients?organizationId=${organizations.lakeside}`, [ada, ben, dora]],
    [`/api/v1/patients?organizationId=${organizations.harbor}`, [ada, cleo]],
    [`/api/v1/patients?studyId=${studies.glucose}`, [ada, ben]],
    [`/api/v1/patients?studyId=${studies.sleep}`, [ada, cleo]],
    [`/api/v1/studies?organizationId=${organizations.lakeside}`, [studies.glucose, studies.hearts]],
    [`/api/v1/studies?organizationId=${organizations.harbor}`, [studies.sleep]],
  ])('%s', async (path, expected) => {
    const body = (await ask(path)).json();
    expect(body.results.map(({ id }: { id: number }) => id).sort()).toEqual([...expected].sort());
    expect(body.count).toBe(expected.length);
  });

  test.each<[query: string, count: number]>([
    ['', 3],
    [`organizationId=${organizations.lakeside}`, 2],
    [`organizationId=${organizations.harbor}`, 1],
    [`studyId=${studies.glucose}`, 2],
    [`studyId=${studies.sleep}`, 1],
  ])('/api/v1/observations?%s', async (query, count) => {
    const body = (await ask(`/api/v1/observations?${query}`)).json();
    expect([body.results.length, body.count]).toEqual([count, count]);
  });
});
