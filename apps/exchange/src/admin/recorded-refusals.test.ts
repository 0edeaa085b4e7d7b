/**
 * Bodies of 400 have one of four forms (3.1), and clients read the one they know: a sentence in a list, sentences by field,
 * `detail`, `error`. Each case is a call that was recorded with the reference, and the same mistake made here.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AdminWorld, openAdminWorld, type Who } from './admin-world.test-data.ts';
import { readRecordedCalls } from './reference-wire.test-data.ts';

const recorded = readRecordedCalls();
let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
  const taken = { organizationId: 20001, telecomEmail: 'first@example.org', identifiers: [TAKEN] };
  expect((await world.call('mo', 'POST', '/patients', taken)).status).toBe(201);
});
afterAll(() => world?.close());

/** `list`, `detail`, `error`, or the fields at fault. */
function formOf(body: unknown): string {
  if (Array.isArray(body)) return 'list';
  const keys = Object.keys(body as object).sort();
  if (keys.length === 1 && (keys[0] === 'detail' || keys[0] === 'error')) return keys[0];
  return `fields ${keys.join(', ')}`;
}

const TAKEN = { system: 'urn:scratch', value: 'e6a048' };
const PATIENT = { organizationId: 20001, telecomEmail: 'new@example.org' };
const ORGANIZATION = { name: 'X', type: 'edu', partOf: 20001 };

const cases: [seq: number, form: string, who: Who, method: string, path: string, body?: object][] = [
  [252, 'fields name', 'root', 'POST', '/data_sources', { type: 'personal_device' }],
  [253, 'fields type', 'root', 'POST', '/data_sources', { name: 'x', type: 'zzz' }],
  [281, 'fields clientId, invitationUrl, name', 'root', 'POST', '/clients', {}],
  [368, 'fields type', 'mo', 'POST', '/organizations', { ...ORGANIZATION, type: 'zzz' }],
  [369, 'fields name', 'mo', 'POST', '/organizations', { type: 'edu', partOf: 20001 }],
  [374, 'fields type', 'mo', 'PATCH', '/organizations/20003', { type: 'zzz' }],
  [383, 'error', 'mo', 'POST', '/organizations/20001/user', {}],
  [390, 'error', 'mo', 'DELETE', '/organizations/20001/remove_user', {}],
  [441, 'list', 'mo', 'POST', '/patients', { organizationId: 20001 }],
  [442, 'list', 'mo', 'POST', '/patients', { ...PATIENT, telecomEmail: 'x' }],
  [443, 'list', 'mo', 'POST', '/patients', { ...PATIENT, birthDate: '03/02/1990' }],
  [444, 'list', 'mo', 'POST', '/patients', { ...PATIENT, identifiers: [TAKEN] }],
  [457, 'fields birthDate', 'mo', 'PATCH', '/patients/40002?organizationId=20001', { birthDate: 'x' }],
  [470, 'list', 'mo', 'GET', '/patients/global_lookup'],
  [472, 'list', 'mo', 'PATCH', '/patients/40002/global_add_organization'],
  [475, 'list', 'mo', 'PATCH', '/patients/40002/global_add_organization?organizationId=20001'],
  [528, 'fields description', 'mo', 'POST', '/studies', { name: 'x', organization: 20001 }],
  [668, 'fields client_id, patientId', 'mo', 'POST', '/invitation', {}],
  [1058, 'detail', 'root', 'DELETE', '/patients/40002'],
];

it.each(cases)('call %i: %s', async (seq, form, who, method, path, body) => {
  const call = recorded?.get(seq);
  if (call) expect([call.status, formOf(call.body)]).toEqual([400, form]);
  const reply = await world.call(who, method, path, body);
  expect([reply.status, formOf(reply.body)]).toEqual([400, form]);
});

it('call 120: a body that is no JSON is told in detail', async () => {
  const call = recorded?.get(120);
  if (call) expect([call.status, formOf(call.body)]).toEqual([400, 'detail']);
  const reply = await world.exchange.app.http.inject({
    method: 'POST',
    url: '/api/v1/patients',
    headers: { authorization: world.tokenOf('mo') ?? '', 'content-type': 'application/json' },
    payload: '{oops',
  });
  expect([reply.statusCode, formOf(reply.json())]).toEqual([400, 'detail']);
});
