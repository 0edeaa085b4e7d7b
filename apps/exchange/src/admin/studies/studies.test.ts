/** Studies and their parts (contract 3.8, 11). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeNames, OMH } from '../../../../../tests/worlds/two-organizations.ts';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world.close());

describe('studies', () => {
  it('are created and shown in the two shapes', async () => {
    const { status, body } = await world.call('rivera', 'POST', '/studies', {
      organization: 20001,
      name: 'Weights',
      description: 'W.',
    });
    expect([status, body]).toEqual([
      201,
      {
        id: expect.any(Number),
        name: 'Weights',
        description: 'W.',
        organization: 20001,
        iconUrl: null,
        purpose: 'HRESCH',
        endsAt: null,
      },
    ]);
    expect((await world.call('vic', 'GET', `/studies/${body.id}`)).body.organization).toEqual({
      id: 20001,
      name: 'Lakeside Health',
      type: 'prov',
    });
    expect(
      (
        await world.call('rivera', 'PATCH', `/studies/${body.id}`, {
          icon_url: 'https://x.example.org/i.png',
        })
      ).body.iconUrl,
    ).toBe('https://x.example.org/i.png');
    expect((await world.call('rivera', 'DELETE', `/studies/${body.id}`)).status).toBe(204);
    expect(await world.call('rivera', 'GET', `/studies/${body.id}`)).toEqual({
      status: 403,
      body: { detail: 'Current User does not have authorization to access this Study.' },
    });
    expect((await world.call('rivera', 'POST', '/studies', { organization: 20001, name: ' ' })).body).toEqual(
      {
        name: ['This field may not be blank.'],
        description: ['This field is required.'],
      },
    );
  });

  it('H-21: never change organization, whoever the mover is and whether or not anybody is enrolled', async () => {
    for (const [who, study, organization] of [
      ['mo', 30001, 20002],
      ['mo', 30001, 20003],
      ['mo', 30002, 20003],
      ['root', 30002, 20002],
    ] as const) {
      const moved = await world.call(who, 'PATCH', `/studies/${study}`, { organization });
      expect([moved.status, Object.keys(moved.body)]).toEqual([409, ['detail']]);
    }
    expect(
      await world.rows('select id, organization_id from study where id in (30001, 30002) order by id'),
    ).toEqual([
      { id: 30001, organization_id: 20001 },
      { id: 30002, organization_id: 20001 },
    ]);
    // Where it is already, nothing is moved.
    const same = await world.call('mo', 'PATCH', '/studies/30002', { organization: 20001, name: 'Hearts' });
    expect([same.status, same.body.name]).toEqual([200, 'Hearts']);
  });

  it('H-30: enrolling is for patients of the organization, all or none, and again is no fault', async () => {
    expect(
      await world.call('rivera', 'POST', '/studies/30001/patients', { patientIds: [40004, 49999] }),
    ).toEqual({
      status: 400,
      body: { 'patientIds[1]': ['Patient and study must be from the same Organization'] },
    });
    expect(await world.rows('select count(*) from enrollment where patient_id = 40004')).toEqual([
      { count: 0 },
    ]);
    // Ada is in it already: she is shown as before.
    const { status, body } = await world.call('rivera', 'POST', '/studies/30001/patients', {
      patient_ids: [40001, 40004],
    });
    expect([status, body.studyPatients.map((row: Loose) => [row.study.id, row.patient.id])]).toEqual([
      201,
      [
        [30001, 40001],
        [30001, 40004],
      ],
    ]);
    const page = await world.call('vic', 'GET', '/studies/30001/patients?page_size=2&page=2');
    expect(page.body).toMatchObject({ count: 3, next: null, results: [{ id: 40004 }] });
  });

  it('H-08: links show named fields, never a secret', async () => {
    const { body } = await world.call('vic', 'GET', '/studies/30001/clients');
    expect(body).toMatchObject([
      { study: { id: 30001 }, client: { id: 101, name: 'Glucose app', client_id: 'glucose-app' } },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/secret|owner|patients/i);
  });

  it('H-03: parts are linked once', async () => {
    expect((await world.call('rivera', 'POST', '/studies/30001/clients', { client_id: 102 })).status).toBe(
      201,
    );
    expect((await world.call('rivera', 'POST', '/studies/30001/clients', { clientId: 102 })).status).toBe(
      200,
    );
    expect((await world.call('rivera', 'DELETE', '/studies/30001/clients', { clientId: 102 })).status).toBe(
      204,
    );
    const asked = await world.call('rivera', 'POST', '/studies/30001/scope_requests', {
      scope_code_id: 50004,
    });
    expect(asked).toMatchObject({
      status: 201,
      body: { study: { id: 30001 }, scopeCode: { id: 50004, codingSystem: 'https://w3id.org/openmhealth' } },
    });
    expect(
      (await world.call('rivera', 'POST', '/studies/30001/scope_requests', { scopeCodeId: 50004 })).status,
    ).toBe(200);
    expect(
      (await world.call('rivera', 'POST', '/studies/30001/scope_requests', { scopeCodeId: 59999 })).status,
    ).toBe(404);
    expect(
      (await world.call('rivera', 'POST', '/studies/30001/data_sources', { dataSourceId: 70002 })).status,
    ).toBe(201);
    expect(
      (await world.call('vic', 'GET', '/studies/30001/data_sources')).body.map(
        (row: Loose) => row.dataSource.id,
      ),
    ).toEqual([70001, 70002]);
  });
});

describe('an answer belongs to what was asked', () => {
  beforeAll(async () => {
    await world.rows('delete from record_event');
  });
  const answers = async () =>
    (
      await world.rows('select code_id from consent where study_id = 30001 and patient_id = 40001 order by 1')
    ).map((row) => row.code_id);
  const permit = (...names: (keyof typeof codeNames)[]) =>
    world.call('ada', 'PATCH', '/patients/40001/consents', {
      studyScopeConsents: [
        {
          studyId: 30001,
          scopeConsents: names.map((name) => ({
            codingSystem: OMH,
            codingCode: codeNames[name],
            consented: true,
          })),
        },
      ],
    });
  const lastEvents = async (count: number) =>
    (await world.rows('select decision, actor_role from consent_event order by id desc limit $1', count)).map(
      ({ decision, actor_role }) => `${decision} by ${actor_role}`,
    );
  const change = (body: object) => world.call('rivera', 'PATCH', '/studies/30001', body);

  it('its purpose and its end are shown, and what is neither is refused', async () => {
    expect((await world.call('vic', 'GET', '/studies/30001')).body).toMatchObject({
      purpose: 'HRESCH',
      endsAt: null,
    });
    for (const [field, value] of [
      ['purpose', 'MARKETING'],
      ['purpose', ''],
      ['endsAt', 'tomorrow'],
      ['endsAt', '2030-01-01'],
    ]) {
      const { status, body } = await change({ [field!]: value });
      expect([field, value, status, Object.keys(body)]).toEqual([field, value, 400, [field]]);
    }
    const made = await world.call('rivera', 'POST', '/studies', {
      organization: 20001,
      name: 'Treatment',
      description: 'T.',
      purpose: 'TREAT',
      ends_at: '2031-06-01T12:00:00+02:00',
    });
    expect(made.body).toMatchObject({ purpose: 'TREAT', endsAt: '2031-06-01T10:00:00.000Z' });
  });

  it('another name or description ends nothing; the version that was answered is kept', async () => {
    const before = await answers();
    expect((await change({ name: 'Glucose, again', description: 'In other words.' })).status).toBe(200);
    expect(await answers()).toEqual(before);
    expect((await permit('sleep')).status).toBe(201);
    const { results } = (await world.call('ada', 'GET', '/patients/40001/consents/history')).body;
    expect(results[0]).toMatchObject({ decision: 'permit', studyVersion: 2 });
    expect(
      await world.rows('select version, name from study_version where study_id = 30001 order by version'),
    ).toEqual([
      { version: 1, name: 'Glucose at Lakeside' },
      { version: 2, name: 'Glucose, again' },
    ]);
    // Saying again what it says already is no other question.
    expect((await change({ purpose: 'HRESCH', endsAt: null })).status).toBe(200);
    expect(await answers()).toEqual([50001, 50002, 50003]);
  });

  it.each([
    ['purpose', { purpose: 'TREAT' }],
    ['end', { endsAt: '2035-01-01T00:00:00Z' }],
  ])('another %s ends every answer with its event, and asks again', async (_what, body) => {
    await permit('glucose', 'heartRate', 'sleep');
    expect(await answers()).toHaveLength(3);
    expect((await change(body)).status).toBe(200);
    expect(await answers()).toEqual([]);
    expect(await lastEvents(3)).toEqual(Array(3).fill('end by member'));
    const { studiesPendingConsent } = (await world.call('ada', 'GET', '/patients/40001/consents')).body;
    expect(studiesPendingConsent[0].pendingScopeConsents.map(({ code }: Loose) => code.id)).toEqual(
      expect.arrayContaining([50001, 50002, 50003]),
    );
    const told = await world.rows('select patient_id, kind from record_event order by id desc limit 1');
    expect(told).toEqual([{ patient_id: 40001, kind: 'asked-again' }]);
    // Back to what it was: nothing comes back.
    expect((await change({ purpose: 'HRESCH', endsAt: null })).status).toBe(200);
    expect(await answers()).toEqual([]);
  });

  it('an answer stops counting when the study ends', async () => {
    await change({ endsAt: new Date(Date.now() + 3_600_000).toISOString() });
    await permit('glucose');
    const shown = async () =>
      (await world.call('vic', 'GET', '/patients/40001/consents')).body.consolidatedConsentedScopes.map(
        ({ id }: Loose) => id,
      );
    expect(await shown()).toEqual([50001]);
    await world.rows("update consent set ends_at = now() - interval '1 second' where study_id = 30001");
    const reading = await world.exchange.request('GET', '/FHIR/R5/Observation?patient=40001&_summary=count', {
      headers: { authorization: world.tokenOf('vic')! },
    });
    expect(reading.json().total).toBe(0);
    expect(await shown()).toEqual([]);
    await change({ endsAt: null });
  });

  it('a study that stops asking ends the answers; asking again asks anew', async () => {
    await permit('glucose', 'heartRate');
    const ask = (method: string) =>
      world.call('rivera', method, '/studies/30001/scope_requests', { scopeCodeId: 50001 });
    expect((await ask('DELETE')).status).toBe(204);
    expect(await answers()).toEqual([50002]);
    expect(await lastEvents(1)).toEqual(['end by member']);
    expect((await ask('POST')).status).toBe(201);
    expect(await answers()).toEqual([50002]);
  });
});
