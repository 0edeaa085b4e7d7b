/** Studies and their parts (contract 3.8, 11). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
      { id: expect.any(Number), name: 'Weights', description: 'W.', organization: 20001, iconUrl: null },
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

  it('H-21: are not moved where the mover has no role, nor away from enrolled patients', async () => {
    expect((await world.call('mo', 'PATCH', '/studies/30001', { organization: 20002 })).status).toBe(403);
    expect((await world.call('mo', 'PATCH', '/studies/30001', { organization: 20003 })).status).toBe(409);
    expect(
      (await world.call('mo', 'PATCH', '/studies/30002', { organization: 20003 })).body.organization,
    ).toBe(20003);
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
