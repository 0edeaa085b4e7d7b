import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminWorld, openAdminWorld } from './admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world.close());

describe('H-36: the selection a practitioner comes back to (3.1)', () => {
  const steps: [string, object][] = [
    [
      '/patients?organization_id=20001&studyId=30001',
      { currentOrganizationId: 20001, currentStudyId: 30001 },
    ],
    ['/patients?organizationId=20002', { currentOrganizationId: 20001 }],
    ['/studies?organizationId=20001&studyId=30002', { currentOrganizationId: 20001, currentStudyId: 30002 }],
    ['/studies?organizationId=20003', { currentOrganizationId: 20003, currentStudyId: 30002 }],
    ['/observations?studyId=30003', { currentOrganizationId: 20003, currentStudyId: 30002 }],
    ['/observations', { currentOrganizationId: 20003 }],
    ['/patients?page=9&organizationId=20001', { currentOrganizationId: 20001 }],
  ];
  it.each(steps)('after %s', async (path, settings) => {
    await world.call('vic', 'GET', path);
    expect((await world.call('vic', 'GET', '/users/profile')).body.settings).toEqual(settings);
  });

  it('keeps what else is remembered', async () => {
    await world.rows(
      `update practitioner set settings = '{"current_fhir_resource": "Observation"}' where user_id = 10002`,
    );
    await world.call('rivera', 'GET', '/studies?organizationId=20001');
    expect((await world.call('rivera', 'GET', '/users/profile')).body.settings).toEqual({
      currentFhirResource: 'Observation',
      currentOrganizationId: 20001,
    });
  });
});
