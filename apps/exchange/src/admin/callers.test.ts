/** Who gets what answer from which route: a table of (caller, route, status), contract 2.2 and 2.3. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminWorld, openAdminWorld, type Who } from './admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world.close());

const CALLERS = [
  'anonymous',
  'ada',
  'cleo',
  'vic',
  'rivera',
  'mo',
  'hana',
  'nina',
  'root',
] as const satisfies Who[];

/** Statuses in the order: anonymous, patient Ada, patient Cleo, viewer, member, manager, other manager, stranger, superuser. */
const READS: [string, number[]][] = [
  ['/users/profile', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/users/organizations', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/users', [401, 403, 403, 403, 403, 403, 403, 403, 200]],
  ['/users/10001', [401, 200, 403, 403, 403, 403, 403, 403, 200]],
  ['/users/search_by_email?email=ada@example.org', [401, 403, 403, 403, 403, 200, 200, 403, 200]],
  ['/practitioners', [401, 403, 403, 403, 403, 403, 403, 403, 200]],
  ['/organizations', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/organizations/types', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/organizations/20001', [401, 200, 404, 200, 200, 200, 404, 404, 200]],
  ['/organizations/20001/tree', [401, 200, 404, 200, 200, 200, 404, 404, 200]],
  ['/organizations/20001/users', [401, 403, 403, 200, 200, 200, 404, 404, 200]],
  ['/organizations/20001/studies', [401, 403, 403, 200, 200, 200, 404, 404, 200]],
  ['/studies', [401, 403, 403, 200, 200, 200, 200, 200, 200]],
  ['/studies/30001', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/studies/30001/patients', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/studies/30001/scope_requests', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/studies/30001/clients', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/studies/30001/data_sources', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/patients', [401, 403, 403, 200, 200, 200, 200, 200, 200]],
  ['/patients/me', [401, 200, 200, 403, 403, 403, 403, 403, 403]],
  ['/patients/40001', [401, 200, 403, 200, 200, 200, 200, 403, 200]],
  ['/patients/40002', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/patients/40002/consents', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/patients/40002/consents/history', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/patients/40002/consolidated_clients', [401, 403, 403, 200, 200, 200, 403, 403, 200]],
  ['/patients/global_lookup?email=ben@example.org', [401, 403, 403, 200, 200, 200, 200, 403, 200]],
  ['/data_sources', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/data_sources/all_scopes', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/data_sources/70001/supported_scopes', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/clients', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/clients/101/data_sources', [401, 200, 200, 200, 200, 200, 200, 200, 200]],
  ['/clients/100', [401, 404, 404, 404, 404, 404, 404, 404, 404]],
  ['/invitation?patientId=40002', [401, 403, 403, 403, 200, 200, 403, 403, 200]],
  ['/audit_events', [401, 200, 200, 403, 403, 403, 403, 403, 200]],
];

describe('reads', () => {
  it.each(READS)('%s', async (path, statuses) => {
    const got: Record<string, number> = {};
    for (const who of CALLERS) got[who] = (await world.call(who, 'GET', path)).status;
    expect(got).toEqual(Object.fromEntries(CALLERS.map((who, i) => [who, statuses[i]])));
  });
});

/** Writes that change nothing of what is asserted later, or are refused before they do. */
const REFUSED: [string, string, unknown, Partial<Record<Who, number>>][] = [
  ['POST', '/patients', { organizationId: 20001 }, { anonymous: 401, ada: 403, vic: 400, nina: 400 }],
  [
    'POST',
    '/patients',
    { organizationId: 20001, telecomEmail: 'x@example.org' },
    { ada: 403, vic: 403, hana: 403, nina: 403 },
  ],
  [
    'PATCH',
    '/patients/40002',
    { nameGiven: 'B' },
    { anonymous: 401, ada: 403, ben: 403, vic: 403, hana: 403, nina: 403 },
  ],
  ['PATCH', '/patients/40003?organizationId=20001', { nameGiven: 'C' }, { rivera: 403, mo: 403, root: 403 }],
  [
    'DELETE',
    '/patients/40002?organizationId=20001',
    undefined,
    { ada: 403, vic: 403, hana: 403, mo: 409, root: 409 },
  ],
  ['DELETE', '/patients/40001', undefined, { mo: 400 }],
  [
    'POST',
    '/studies',
    { organization: 20001, name: 'N', description: 'D' },
    { ada: 403, vic: 403, hana: 403, nina: 403 },
  ],
  ['PATCH', '/studies/30001', { name: 'N' }, { ada: 403, vic: 403, hana: 403, nina: 403 }],
  ['DELETE', '/studies/30001', undefined, { ada: 403, vic: 403, hana: 403, mo: 409 }],
  ['POST', '/studies/30001/patients', { patientIds: [40004] }, { ada: 403, vic: 403, hana: 403, nina: 403 }],
  [
    'DELETE',
    '/studies/30001/patients',
    { patientIds: [40001] },
    { ada: 403, vic: 403, hana: 403, nina: 403 },
  ],
  [
    'POST',
    '/studies/30001/scope_requests',
    { scopeCodeId: 50004 },
    { ada: 403, vic: 403, hana: 403, nina: 403 },
  ],
  [
    'DELETE',
    '/studies/30001/scope_requests',
    { scopeCodeId: 50001 },
    { ada: 403, vic: 403, hana: 403, nina: 403 },
  ],
  ['POST', '/studies/30001/clients', { clientId: 102 }, { ada: 403, vic: 403, hana: 403, nina: 403 }],
  ['POST', '/studies/30001/clients', { clientId: 100 }, { mo: 404, root: 404 }],
  ['DELETE', '/studies/30001/clients', { clientId: 101 }, { ada: 403, vic: 403, hana: 403, nina: 403 }],
  [
    'POST',
    '/studies/30001/data_sources',
    { dataSourceId: 70002 },
    { ada: 403, vic: 403, hana: 403, nina: 403 },
  ],
  [
    'DELETE',
    '/studies/30001/data_sources',
    { dataSourceId: 70001 },
    { ada: 403, vic: 403, hana: 403, nina: 403 },
  ],
  ['POST', '/organizations', { name: 'New', type: 'edu' }, { ada: 403, mo: 403, nina: 403 }],
  [
    'POST',
    '/organizations',
    { name: 'New', type: 'edu', partOf: 20001 },
    { ada: 403, vic: 403, rivera: 403, hana: 403 },
  ],
  ['POST', '/organizations', { name: 'New', type: 'edu', partOf: 99999 }, { mo: 403, root: 403 }],
  [
    'PATCH',
    '/organizations/20001',
    { name: 'Mine' },
    { ada: 403, vic: 403, rivera: 403, hana: 404, nina: 404 },
  ],
  ['PATCH', '/organizations/0', { name: 'Mine' }, { mo: 403, root: 403 }],
  ['POST', '/organizations/20001/user', { jheUserId: 10009 }, { ada: 403, vic: 403, rivera: 403, hana: 404 }],
  [
    'DELETE',
    '/organizations/20001/remove_user',
    { jheUserId: 10004 },
    { ada: 403, vic: 403, rivera: 403, hana: 404 },
  ],
  ['POST', '/data_sources', { name: 'X' }, { anonymous: 401, ada: 403, mo: 403 }],
  ['POST', '/data_sources/70001/supported_scopes', { scopeCodeId: 50002 }, { ada: 403, mo: 403 }],
  ['DELETE', '/data_sources/70001', undefined, { ada: 403, mo: 403 }],
  ['POST', '/clients', {}, { ada: 403, mo: 403 }],
  ['POST', '/clients/101/data_sources', { dataSourceId: 70002 }, { ada: 403, mo: 403 }],
  ['DELETE', '/clients/101', undefined, { ada: 403, mo: 403 }],
  ['PATCH', '/users/10001', { firstName: 'Eve' }, { anonymous: 401, ben: 403, mo: 403, root: 403 }],
  [
    'PATCH',
    '/patients/40003/global_add_organization?organizationId=20001',
    undefined,
    { ada: 403, vic: 403, nina: 404 },
  ],
  ['PATCH', '/patients/49999/global_add_organization?organizationId=20001', undefined, { mo: 404 }],
  ['PATCH', '/patients/40001/global_add_organization?organizationId=20001', undefined, { mo: 400 }],
  ['POST', '/invitation', { patientId: 40001, clientId: 101 }, { ada: 403, vic: 403, nina: 404 }],
  ['POST', '/codeable_concepts', { codingSystem: 's', codingCode: 'c', text: 't' }, { ada: 403, mo: 403 }],
];

describe('writes that are refused', () => {
  it.each(REFUSED)('%s %s %j', async (method, path, body, expected) => {
    const got: Record<string, number> = {};
    for (const who of Object.keys(expected) as Who[])
      got[who] = (await world.call(who, method, path, body)).status;
    expect(got).toEqual(expected);
  });

  it('have changed nothing', async () => {
    expect(await world.rows('select count(*) from enrollment')).toEqual([{ count: 4 }]);
    expect(await world.rows('select count(*) from consent')).toEqual([{ count: 4 }]);
    expect(await world.rows('select count(*) from requested_code')).toEqual([{ count: 6 }]);
    expect(await world.rows('select count(*) from patient')).toEqual([{ count: 4 }]);
    expect(await world.rows('select count(*) from study_client')).toEqual([{ count: 2 }]);
    expect(await world.rows('select count(*) from invitation')).toEqual([{ count: 0 }]);
  });
});
