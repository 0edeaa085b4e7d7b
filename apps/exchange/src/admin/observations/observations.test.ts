/** Readings by the Admin API (3.9): exactly what is consented, byte for byte. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminWorld, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
const POINT = '{"header": {"uuid": "x"},  "body": {"blood_glucose": {"value": 95.0, "unit": "mg/dL"}}}';

beforeAll(async () => {
  world = await openAdminWorld();
  // Ada's glucose (shared with Lakeside) and her declined heart rate; Ben's glucose, about which he was never asked.
  for (const [id, patientId, codeId] of [
    [60001, 40001, 50001],
    [60002, 40001, 50001],
    [60003, 40001, 50002],
    [60004, 40002, 50001],
  ]) {
    await world.rows(
      `insert into observation (patient_id, id, code_id, data_point_uuid, data_point) values ($1, $2, $3, gen_random_uuid(), $4)`,
      patientId,
      id,
      codeId,
      POINT,
    );
    await world.rows(
      `insert into series (patient_id, code_id, observations) values ($1, $2, 1)
       on conflict (patient_id, code_id) do update set observations = series.observations + 1`,
      patientId,
      codeId,
    );
  }
});
afterAll(() => world.close());

describe('observations', () => {
  it('are those consented to the reader, newest first, with the data point as submitted', async () => {
    const { body } = await world.call('vic', 'GET', '/observations');
    expect([body.count, body.results.map((row: { id: number }) => row.id)]).toEqual([2, [60002, 60001]]);
    expect(body.results[0]).toEqual({
      id: 60002,
      subjectPatientId: 40001,
      patientNameFamily: 'Byron',
      patientNameGiven: 'Ada',
      jheUserId: 10001,
      codeableConceptId: 50001,
      codingSystem: 'https://w3id.org/openmhealth',
      codingCode: 'omh:blood-glucose:4.0',
      codingText: 'Blood glucose',
      lastUpdated: expect.stringMatching(/Z$/),
      omhData: JSON.parse(POINT),
    });
    const raw = await world.exchange.request('GET', '/api/v1/observations/60001', {
      headers: { authorization: world.tokenOf('vic') ?? '' },
    });
    expect(raw.body).toContain(POINT);
    expect(raw.headers['content-type']).toBe('application/json; charset=utf-8');
    // Harbor's study shares Ada's heart rate, not her glucose.
    const harbor = (await world.call('hana', 'GET', '/observations')).body;
    expect(harbor.results.map((row: { id: number }) => row.id)).toEqual([60003]);
  });

  const filtered: [string, number[]][] = [
    ['?patient_id=40001&pageSize=1', [60002]],
    ['?patientId=40001&page_size=1&page=2', [60001]],
    ['?patientId=40002', []],
    ['?studyId=30001', [60002, 60001]],
    ['?study_id=30002', []],
    ['?organizationId=20001', [60002, 60001]],
    ['?observationId=60001', [60001]],
    ['?observationId=60003', []],
  ];
  it.each(filtered)('%s', async (query, ids) => {
    const { status, body } = await world.call('vic', 'GET', `/observations${query}`);
    expect([status, body.results.map((row: { id: number }) => row.id)]).toEqual([200, ids]);
  });

  it('H-11: are not written here, and out of sight is not found', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      expect((await world.call('mo', method, '/observations/60001', {})).status).toBe(405);
    }
    expect((await world.call('mo', 'POST', '/observations', {})).status).toBe(405);
    expect((await world.call('vic', 'GET', '/observations/60003')).status).toBe(404);
    expect((await world.call('root', 'GET', '/observations/60001')).status).toBe(404);
    expect((await world.call('ada', 'GET', '/observations')).status).toBe(403);
  });

  it('disappear with the consent, at once', async () => {
    const scopeConsents = [
      { codingSystem: 'https://w3id.org/openmhealth', codingCode: 'omh:blood-glucose:4.0', consented: false },
    ];
    await world.call('ada', 'PATCH', '/patients/40001/consents', {
      studyScopeConsents: [{ studyId: 30001, scopeConsents }],
    });
    expect((await world.call('vic', 'GET', '/observations')).body).toMatchObject({ count: 0, results: [] });
  });
});
