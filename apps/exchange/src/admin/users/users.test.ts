/** Accounts: what one sees of oneself and of others (contract 3.3, 11). */
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

describe('profile', () => {
  it("a practitioner's has exactly these keys", async () => {
    const { body } = await world.call('rivera', 'GET', '/users/profile');
    expect(Object.keys(body).sort()).toEqual(
      ['email', 'firstName', 'id', 'isSuperuser', 'lastName', 'patient', 'settings', 'userType'].sort(),
    );
    expect(body).toMatchObject({
      id: 10002,
      email: 'rivera@example.org',
      patient: null,
      userType: 'practitioner',
      isSuperuser: false,
    });
  });

  it("a patient's tells no name, birth date or address", async () => {
    const { body } = await world.call('ada', 'GET', '/users/profile');
    expect(body).toEqual({
      id: 10001,
      patient: {
        id: 40001,
        jheUserId: 10001,
        identifiers: [{ id: expect.any(Number), system: 'urn:example:mrn', value: 'A-17' }],
        organizations: [
          nested(20002, 'Harbor University', 'edu', 0),
          nested(20001, 'Lakeside Health', 'prov', 0),
        ],
      },
      userType: 'patient',
      isSuperuser: false,
    });
  });

  it('H-38: users/organizations is an array with the roles', async () => {
    const { body } = await world.call('mo', 'GET', '/users/organizations');
    expect(body.map((o: Loose) => [o.id, o.currentUserRole])).toEqual([
      [20003, 'manager'],
      [20001, 'manager'],
    ]);
    const all = await world.call('root', 'GET', '/users/organizations');
    expect(all.body.map((o: Loose) => [o.id, o.currentUserRole])).toContainEqual([20002, 'super_user']);
  });

  it('H-01: PATCH of oneself changes names and nothing else', async () => {
    const body = {
      firstName: 'Lucía',
      isSuperuser: true,
      email: 'evil@example.org',
      userType: 'patient',
      id: 1,
    };
    expect((await world.call('rivera', 'PATCH', '/users/10002', body)).status).toBe(200);
    expect(
      await world.rows(
        'select first_name, last_name, email, superuser, user_type from app_user where id = 10002',
      ),
    ).toEqual([
      {
        first_name: 'Lucía',
        last_name: 'Rivera',
        email: 'rivera@example.org',
        superuser: false,
        user_type: 'practitioner',
      },
    ]);
  });

  it('H-07: search_by_email is for managers, exact, and tells strangers apart from colleagues', async () => {
    const colleague = await world.call('mo', 'GET', '/users/search_by_email?email=RIVERA@example.org');
    expect(colleague.body).toMatchObject({ id: 10002, lastName: 'Rivera', patient: null });
    const stranger = await world.call('mo', 'GET', '/users/search_by_email?email=nina@example.org');
    expect(stranger.body).toMatchObject({ id: 10009, firstName: '', lastName: '', userType: 'practitioner' });
    const nobody = await world.call('mo', 'GET', '/users/search_by_email?email=none@example.org');
    expect(nobody).toMatchObject({ status: 200, body: { email: '' } });
    expect(nobody.body).not.toHaveProperty('id');
    expect((await world.call('mo', 'GET', '/users/search_by_email')).status).toBe(400);
  });
});
