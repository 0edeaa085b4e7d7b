/** Patients: shown, found, made, changed (contract 3.7, 11). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world.close());

const nested = (id: number, name: string, type: string, partOf: number) => ({
  id,
  name,
  type,
  partOf,
  currentUserRole: null,
  children: [],
});

describe('patients', () => {
  it('are shown with both generations of the identifier key', async () => {
    const { body } = await world.call('hana', 'GET', '/patients/40001');
    expect(body).toEqual({
      id: 40001,
      jheUserId: 10001,
      identifier: 'A-17',
      identifiers: [{ id: expect.any(Number), system: 'urn:example:mrn', value: 'A-17' }],
      nameFamily: 'Byron',
      nameGiven: 'Ada',
      birthDate: '1980-12-10',
      telecomPhone: '555-0100',
      telecomEmail: 'ada@example.org',
      organizations: [nested(20002, 'Harbor University', 'edu', 0)],
    });
    // H-28: no login, no failure.
    expect((await world.call('vic', 'GET', '/patients/40004')).body).toMatchObject({
      jheUserId: null,
      telecomEmail: null,
      identifiers: [],
    });
  });

  it('are listed as far as they are visible, by every filter and in both key styles', async () => {
    const ids = async (who: 'vic' | 'hana' | 'root' | 'nina', query: string) =>
      (await world.call(who, 'GET', `/patients${query}`)).body.results?.map((p: Loose) => p.id);
    expect(await ids('vic', '')).toEqual([40001, 40002, 40004]);
    expect(await ids('hana', '')).toEqual([40001, 40003]);
    expect(await ids('nina', '')).toEqual([]);
    expect(await ids('root', '')).toEqual([40001, 40002, 40003, 40004]);
    expect(await ids('vic', '?organization_id=20002')).toEqual([]);
    expect(await ids('root', '?organizationId=20002')).toEqual([40001, 40003]);
    expect(await ids('vic', '?study_id=30001&nonsense=1')).toEqual([40001, 40002]);
    expect(await ids('vic', '?studyId=30003')).toEqual([]);
    expect(await ids('vic', '?patient_identifier_value=A-17')).toEqual([40001]);
    expect((await world.call('vic', 'GET', '/patients?studyId=abc')).body).toEqual({
      studyId: ['A valid integer is required.'],
    });
  });

  it('H-09: creating one takes the known fields and no others', async () => {
    const { status, body } = await world.call('rivera', 'POST', '/patients', {
      organization_id: 20001,
      telecom_email: 'New.Person@Example.ORG',
      name_family: 'Person',
      birth_date: '1999-09-09',
      identifiers: [{ system: 'urn:example:mrn', value: 'N-1' }],
      id: 7,
      jheUserId: 10008,
      lastUpdated: 'x',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      nameFamily: 'Person',
      nameGiven: null,
      birthDate: '1999-09-09',
      telecomEmail: 'New.Person@example.org',
    });
    expect(body.id).toBeGreaterThan(1000);
    expect(
      await world.rows(
        'select user_type, superuser, email_verified, password_hash from app_user where id = $1',
        body.jheUserId,
      ),
    ).toEqual([{ user_type: 'patient', superuser: false, email_verified: false, password_hash: null }]);
  });

  const base = { organizationId: 20001, telecomEmail: 'fresh@example.org' };
  const refused: [string, object, unknown][] = [
    ['no address', { organizationId: 20001 }, ['Email is required to create a patient.']],
    ['no address at all', { ...base, telecomEmail: 'nonsense' }, ['Enter a valid email address.']],
    [
      'no birth date at all',
      { ...base, birthDate: '1999-02-30' },
      { birthDate: ['Enter a valid birth date (YYYY-MM-DD).'] },
    ],
    [
      'an identifier of another patient',
      { ...base, identifiers: [{ system: 'urn:example:mrn', value: 'A-17' }] },
      { 'identifiers[0]': ['The external identifier is already in use by another patient.'] },
    ],
    [
      'half an identifier',
      { ...base, identifiers: [{ system: 'x' }] },
      { 'identifiers[0].value': ['This field is required.'] },
    ],
    [
      'D-05: the address of a patient',
      { ...base, telecomEmail: 'CLEO@example.org' },
      [expect.stringContaining('look them up')],
    ],
    [
      'H-25: the address of a practitioner',
      { ...base, telecomEmail: 'hana@example.org' },
      [expect.stringContaining('cannot be made')],
    ],
    [
      'H-25: the address of a superuser',
      { ...base, telecomEmail: 'root@example.org' },
      [expect.stringContaining('cannot be made')],
    ],
  ];
  it.each(refused)('refuses %s and leaves nothing behind', async (_name, body, expected) => {
    const before = await world.rows(
      'select (select count(*) from patient) as p, (select count(*) from app_user) as u',
    );
    expect(await world.call('rivera', 'POST', '/patients', body)).toEqual({ status: 400, body: expected });
    expect(
      await world.rows('select (select count(*) from patient) as p, (select count(*) from app_user) as u'),
    ).toEqual(before);
  });

  it('H-32: changing identifiers is all or nothing', async () => {
    const identifiers = [
      { system: 'urn:example:mrn', value: 'B-1' },
      { system: 'urn:example:mrn', value: 'A-17' },
    ];
    expect(
      (
        await world.call('rivera', 'PATCH', '/patients/40002', {
          identifiers: identifiers.slice(0, 1),
          nameGiven: 'Benjamin',
        })
      ).body,
    ).toMatchObject({
      nameGiven: 'Benjamin',
      nameFamily: 'Ode',
      identifier: 'B-1',
    });
    expect(
      (await world.call('rivera', 'PATCH', '/patients/40002?organizationId=20001', { identifiers })).status,
    ).toBe(400);
    expect((await world.call('rivera', 'GET', '/patients/40002')).body).toMatchObject({
      identifier: 'B-1',
      nameGiven: 'Benjamin',
    });
    expect(
      (await world.call('rivera', 'PATCH', '/patients/40002', { identifiers: [], birthDate: null })).body,
    ).toMatchObject({
      identifier: null,
      birthDate: null,
    });
  });

  it('H-05: a role in one organization is no role for patients of another', async () => {
    expect(
      (await world.call('mo', 'PATCH', '/patients/40003?organizationId=20001', { nameGiven: 'X' })).status,
    ).toBe(403);
    expect(
      (await world.call('mo', 'PATCH', '/patients/40001?organizationId=20002', { nameGiven: 'X' })).status,
    ).toBe(403);
    expect((await world.call('mo', 'DELETE', '/patients/40003?organizationId=20001')).status).toBe(403);
    expect(await world.rows('select name_given from patient where id in (40001, 40003) order by id')).toEqual(
      [{ name_given: 'Ada' }, { name_given: 'Cleo' }],
    );
  });

  it('H-04: somebody of another organization is found by exact address only, without any detail, and can be added', async () => {
    const { body } = await world.call('rivera', 'GET', '/patients/global_lookup?email=cleo@example.org');
    expect(body).toEqual([
      {
        id: 40003,
        jheUserId: null,
        identifier: null,
        identifiers: [],
        nameFamily: null,
        nameGiven: null,
        birthDate: null,
        telecomPhone: null,
        telecomEmail: 'cleo@example.org',
        organizations: [],
      },
    ]);
    expect(
      (await world.call('rivera', 'GET', '/patients/global_lookup?email=none@example.org')).body,
    ).toEqual([]);
    expect((await world.call('rivera', 'GET', '/patients/global_lookup')).body).toEqual([
      'email parameter required',
    ]);
    const added = await world.call(
      'rivera',
      'PATCH',
      '/patients/40003/global_add_organization?organization_id=20001',
    );
    expect(added).toMatchObject({ status: 200, body: { nameFamily: 'Marsh' } });
    expect(
      (await world.call('rivera', 'PATCH', '/patients/40003/global_add_organization?organizationId=20001'))
        .body,
    ).toEqual(['This patient is already a member of this organization.']);
    // Belonging is not consenting: nothing of Cleo's readings is shared with Lakeside by this.
    expect((await world.call('rivera', 'GET', '/patients/40003/consents')).body.studies).toEqual([]);
  });
});
