/**
 * No reading without a trace: every passage through the gate leaves one row for each patient disclosed or changed, or a
 * single row without a patient; refused ones are traced too; and nobody can change or remove what was traced.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestOptions } from '../setup/exchange.ts';
import { codeNames, codes, organizations, patients, studies, users } from '../worlds/two-organizations.ts';
import {
  answers,
  batchOf,
  type ConsentWorld,
  heartRate,
  openConsentWorld,
  type Person,
  storeReadings,
} from './consent-world.ts';
import { keepState } from './kept-state.ts';

const { ada, ben, cleo, dora } = patients;
const SELF = '/api/v1/patients';

let world: ConsentWorld;
let restore: () => Promise<void>;

beforeAll(async () => {
  world = await openConsentWorld();
  await storeReadings(
    world,
    [
      [ada, codes.glucose],
      [ada, codes.heartRate],
      [ben, codes.heartRate],
    ],
    2,
  );
  await world.sql(`insert into consent (patient_id, study_id, code_id, permitted, opens, own, basis, decided_at) values
    (${ada}, ${studies.glucose}, ${codes.heartRate}, true, true, true, null, now()),
    (${ben}, ${studies.glucose}, ${codes.heartRate}, true, true, false, 'signed form', now())`);
  await world.sql(
    `insert into invitation (id, patient_id, organization_id, client_id, token_hash)
     values (901, ${ben}, ${organizations.lakeside}, 101, repeat('x', 43))`,
  );
  // What a list was narrowed to is remembered by a second passage; it stands already, so that only the list is seen.
  await world.sql(`update practitioner set settings = '{}'`);
  restore = await keepState(world.exchange.database.owner);
});
beforeEach(() => restore());
afterAll(() => world?.close());

type Traced = readonly [
  interaction: string,
  resource: string,
  outcome: string,
  rowsByPatient: Record<number, number>,
];

/** The trace of one request, by passage. */
async function traceOf(who: Person, method: string, url: string, options?: RequestOptions) {
  const [{ last } = { last: 0 }] = await world.sql('select coalesce(max(id), 0) as last from audit_event');
  const reply = await world.call(who, method, url, options);
  const rows = await world.sql(
    `select patient_id, user_id, request_id, interaction, resource, outcome, rows from audit_event where id > $1 order by id`,
    [last],
  );
  const passages = new Map<string, [string, string, string, Record<number, number>]>();
  for (const row of rows) {
    expect(row.user_id).toBe(users[who]);
    expect(row.request_id).toMatch(/^[0-9a-f-]{36}$/);
    const key = `${row.interaction} ${row.resource} ${row.outcome}`;
    const passage = passages.get(key) ?? [
      String(row.interaction),
      String(row.resource),
      String(row.outcome),
      {},
    ];
    expect(Object.keys(passage[3])).not.toContain(String(row.patient_id));
    passage[3][Number(row.patient_id)] = Number(row.rows);
    passages.set(key, passage);
  }
  return { status: reply.statusCode, trace: [...passages.values()], reply };
}

const NOBODY = { 0: 0 };

describe('every passage through the gate', () => {
  const cases: readonly (readonly [
    string,
    Person,
    string,
    string,
    RequestOptions | undefined,
    number,
    readonly Traced[],
  ])[] = [
    [
      'a page of several patients: a row for each, with how many',
      'rivera',
      'GET',
      '/FHIR/R5/Observation',
      undefined,
      200,
      [['search', 'Observation', 'ok', { [ada]: 2, [ben]: 2 }]],
    ],
    [
      'a page that is cut: what lies beyond it was not disclosed',
      'rivera',
      'GET',
      '/FHIR/R5/Observation?_count=2',
      undefined,
      200,
      [['search', 'Observation', 'ok', { [ben]: 2 }]],
    ],
    [
      'a page of patients that is cut',
      'mo',
      'GET',
      '/FHIR/R5/Patient?_count=2',
      undefined,
      200,
      [['search', 'Patient', 'ok', { [ada]: 1, [dora]: 1 }]],
    ],
    [
      'a search as a form',
      'rivera',
      'POST',
      '/FHIR/R5/Observation/_search',
      { form: { patient: String(ben) } },
      200,
      [['search', 'Observation', 'ok', { [ben]: 2 }]],
    ],
    [
      'a count',
      'rivera',
      'GET',
      '/FHIR/R5/Observation?_summary=count',
      undefined,
      200,
      [['search', 'Observation', 'ok', { [ada]: 1, [ben]: 1 }]],
    ],
    [
      'a count of the readings of one patient, who has none of these',
      'rivera',
      'GET',
      `/FHIR/R5/Observation?patient=${ben}&code=${codeNames.glucose}&_summary=count`,
      undefined,
      200,
      [['search', 'Observation', 'ok', { [ben]: 1 }]],
    ],
    [
      'a count that has to look at the readings themselves',
      'rivera',
      'GET',
      '/FHIR/R5/Observation?status=final&_summary=count',
      undefined,
      200,
      [['search', 'Observation', 'ok', { [ada]: 1, [ben]: 1 }]],
    ],
    [
      'a count of patients',
      'rivera',
      'GET',
      '/FHIR/R5/Patient?given=Ada&_summary=count',
      undefined,
      200,
      [['search', 'Patient', 'ok', { [ada]: 1 }]],
    ],
    [
      'nothing found',
      'hana',
      'GET',
      '/FHIR/R5/Observation',
      undefined,
      200,
      [['search', 'Observation', 'ok', NOBODY]],
    ],
    [
      'a filter by somebody out of sight',
      'hana',
      'GET',
      `/FHIR/R5/Observation?patient=${ben}`,
      undefined,
      403,
      [['search', 'Observation', 'refused', NOBODY]],
    ],
    [
      'one reading',
      'rivera',
      'GET',
      '/FHIR/R5/Observation/61100',
      undefined,
      200,
      [['read', 'Observation', 'ok', { [ada]: 1 }]],
    ],
    [
      'one reading out of sight',
      'hana',
      'GET',
      '/FHIR/R5/Observation/61100',
      undefined,
      404,
      [['read', 'Observation', 'ok', NOBODY]],
    ],
    [
      'who a patient is',
      'rivera',
      'GET',
      `${SELF}/${ben}`,
      undefined,
      200,
      [['read', 'Patient', 'ok', { [ben]: 1 }]],
    ],
    [
      'a patient out of sight',
      'hana',
      'GET',
      `${SELF}/${ben}`,
      undefined,
      403,
      [['read', 'Patient', 'refused', NOBODY]],
    ],
    ['oneself', 'ada', 'GET', `${SELF}/me`, undefined, 200, [['read', 'Patient', 'ok', { [ada]: 1 }]]],
    [
      'a list of patients',
      'mo',
      'GET',
      SELF,
      undefined,
      200,
      [['search', 'Patient', 'ok', { [ada]: 1, [ben]: 1, [dora]: 1 }]],
    ],
    [
      'the patients of a study',
      'hana',
      'GET',
      `/api/v1/studies/${studies.sleep}/patients`,
      undefined,
      200,
      [['search', 'Patient', 'ok', { [ada]: 1, [cleo]: 1 }]],
    ],
    [
      'a list of readings',
      'rivera',
      'GET',
      '/api/v1/observations',
      undefined,
      200,
      [['search', 'Observation', 'ok', { [ada]: 2, [ben]: 2 }]],
    ],
    [
      'a page of readings',
      'rivera',
      'GET',
      '/api/v1/observations?pageSize=2',
      undefined,
      200,
      [['search', 'Observation', 'ok', { [ben]: 2 }]],
    ],
    [
      'one reading of the list',
      'vic',
      'GET',
      '/api/v1/observations/61200',
      undefined,
      200,
      [['read', 'Observation', 'ok', { [ben]: 1 }]],
    ],
    [
      'series',
      'rivera',
      'GET',
      `${SELF}/${ada}/series`,
      undefined,
      200,
      [['read', 'Observation', 'ok', { [ada]: 1 }]],
    ],
    [
      'what was asked and answered',
      'rivera',
      'GET',
      `${SELF}/${ada}/consents`,
      undefined,
      200,
      [['read', 'Consent', 'ok', { [ada]: 4 }]],
    ],
    [
      'invitations',
      'mo',
      'GET',
      `/api/v1/invitation?patientId=${ben}`,
      undefined,
      200,
      [['search', 'Basic', 'ok', { [ben]: 1 }]],
    ],
    [
      'a consent given',
      'ada',
      'POST',
      `${SELF}/${ada}/consents`,
      { body: answers(studies.sleep, [codeNames.sleep], true) },
      201,
      [['update', 'Consent', 'ok', { [ada]: expect.any(Number) as number }]],
    ],
    [
      "a consent that is not one's own to give",
      'ben',
      'POST',
      `${SELF}/${ada}/consents`,
      { body: answers(studies.sleep, [codeNames.sleep], true) },
      403,
      [['update', 'Consent', 'refused', NOBODY]],
    ],
    [
      'an upload',
      'ada',
      'POST',
      '/FHIR/R5',
      { body: batchOf(heartRate(randomUUID())) },
      200,
      [['create', 'Observation', 'ok', { [ada]: expect.any(Number) as number }]],
    ],
    [
      'an upload for somebody else',
      'ben',
      'POST',
      '/FHIR/R5/Observation',
      { body: heartRate(randomUUID()) },
      403,
      [['create', 'Observation', 'refused', NOBODY]],
    ],
    [
      'an enrolment ended',
      'mo',
      'DELETE',
      `/api/v1/studies/${studies.glucose}/patients`,
      { body: { patientIds: [ada] } },
      204,
      [['update', 'Group', 'ok', { [ada]: expect.any(Number) as number }]],
    ],
    [
      'a patient taken out of an organization',
      'mo',
      'DELETE',
      `${SELF}/${ada}?organizationId=${organizations.lakeside}`,
      undefined,
      204,
      [['delete', 'Patient', 'ok', { [ada]: expect.any(Number) as number }]],
    ],
    [
      'what concerns no patient',
      'rivera',
      'GET',
      '/api/v1/codeable_concepts',
      undefined,
      200,
      [['search', 'Basic', 'ok', NOBODY]],
    ],
  ]; // prettier-ignore

  it.each(cases)('%s', async (_name, who, method, url, options, status, trace) => {
    const found = await traceOf(who, method, url, options);
    expect([found.status, found.trace]).toEqual([status, trace]);
  });

  it('is refused and traced when the scope does not reach', async () => {
    const { mintToken } = await import('../setup/tokens.ts');
    const token = await mintToken(world.exchange, { userId: users.rivera, scope: 'user/Device.rs' });
    const { status, trace } = await traceOf('rivera', 'GET', '/FHIR/R5/Observation', { token });
    expect([status, trace]).toEqual([403, [['search', 'Observation', 'refused', NOBODY]]]);
  });

  it('leaves no trace of rows that a rolled back transaction returned, but of the attempt', async () => {
    const body = answers(studies.sleep, [codeNames.sleep, codeNames.weight], true);
    const { status, trace } = await traceOf('ada', 'POST', `${SELF}/${ada}/consents`, { body });
    expect([status, trace]).toEqual([400, [['update', 'Consent', 'refused', NOBODY]]]);
  });
});

describe('no route shows rows of a patient without a trace', () => {
  const paths: Readonly<Record<string, string>> = {
    '/patients/': `${ada}`,
    '/studies/': `${studies.glucose}`,
    '/users/': `${users.ada}`,
    '/Observation/': '61100',
    '/observations/': '61100',
    '/Patient/': `${ada}`,
  }; // prettier-ignore
  const MARKS =
    /"(?:Patient\/4000\d|Byron|Ode|Marsh|40001|40002|40003|ada@example\.org|ben@example\.org|A-17)"|"(?:patientId|subjectPatientId)":4000\d/;

  it('whoever asks: every GET of the registry that names a patient adds rows about that patient', async () => {
    const faults: string[] = [];
    let disclosing = 0;
    for (const { method, path } of world.exchange.app.registry) {
      if (method !== 'GET' || path.endsWith('*')) continue;
      const [prefix = ''] = Object.keys(paths).filter((part) => path.includes(`${part}:`));
      let url = path.replace(':codeId', String(codes.heartRate)).replace(/:\w+/, paths[prefix] ?? '20001');
      if (path.endsWith('/invitation')) url += `?patientId=${ada}`;
      if (/search_by_email|global_lookup/.test(path)) url += '?email=ada@example.org';
      for (const who of ['ada', 'mo', 'root'] as const) {
        const { reply, trace } = await traceOf(who, 'GET', url);
        if (reply.statusCode !== 200 || !MARKS.test(reply.body)) continue;
        disclosing++;
        const named = trace.flatMap(([, , outcome, rows]) => (outcome === 'ok' ? Object.keys(rows) : []));
        if (!named.some((id) => id !== '0')) faults.push(`${url} by ${who}`);
      }
    }
    expect(disclosing).toBeGreaterThan(20);
    expect(faults).toEqual([]);
  });
});

describe('the trace and the history of consents', () => {
  it('cannot be changed or removed by any role of the server', async () => {
    await world.call('ada', 'GET', `${SELF}/me`);
    await world.deed(
      'ada',
      'POST',
      `${SELF}/${ada}/consents`,
      answers(studies.sleep, [codeNames.sleep], true),
    );
    const connection = await world.exchange.database.server.connect();
    const outcomes: string[] = [];
    try {
      for (const role of ['jhe_server', 'jhe_reader', 'jhe_writer', 'jhe_system']) {
        for (const userId of [users.ada, users.mo, users.root]) {
          for (const table of ['audit_event', 'consent_event']) {
            for (const deed of [
              `update ${table} set patient_id = patient_id`,
              `delete from ${table}`,
              `truncate ${table}`,
              `alter table ${table} disable row level security`,
              `drop table ${table}`,
            ]) {
              await connection.query('begin');
              await connection.query(`set local role ${role}`);
              await connection.query(`set local jhe.user_id = '${userId}'`);
              outcomes.push(
                await connection.query(deed).then(
                  () => `${role}: ${deed}`,
                  (error) => error.code,
                ),
              );
              await connection.query('rollback');
            }
          }
        }
      }
    } finally {
      connection.release();
    }
    // 42501: insufficient privilege.
    expect([...new Set(outcomes)]).toEqual(['42501']);
  });

  it("cannot be written in somebody else's name", async () => {
    const connection = await world.exchange.database.server.connect();
    try {
      await connection.query(`begin; set local role jhe_writer; set local jhe.user_id = '${users.mo}'`);
      const forged =
        connection.query(`insert into audit_event (request_id, user_id, interaction, resource, outcome)
        values ('forged', ${users.rivera}, 'read', 'Patient', 'ok')`);
      await expect(forged).rejects.toMatchObject({ code: '42501' });
    } finally {
      await connection.query('rollback');
      connection.release();
    }
  });

  it('tells a patient who looked, at what, and nothing about others', async () => {
    await world.call('rivera', 'GET', '/FHIR/R5/Observation');
    await world.call('mo', 'GET', `${SELF}/${ben}`);
    const { results } = (await world.call('ada', 'GET', '/api/v1/audit_events')).json();
    expect(results[0]).toMatchObject({
      userId: users.rivera,
      patientId: ada,
      resource: 'Observation',
      interaction: 'search',
      rows: 2,
    });
    expect(results.every((row: { patientId: number }) => row.patientId === ada)).toBe(true);
    expect((await world.call('rivera', 'GET', '/api/v1/audit_events')).statusCode).toBe(403);
    const all = (await world.call('root', 'GET', `/api/v1/audit_events?patientId=${ben}`)).json();
    expect(all.results[0]).toMatchObject({ userId: users.mo, patientId: ben });
  });
});
