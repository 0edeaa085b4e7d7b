/** Organizations and who belongs to them (contract 3.6, 11). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminWorld, type Loose, openAdminWorld } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world.close());

describe('organizations', () => {
  it('the list has the root and every ancestor of what it lists', async () => {
    for (const who of ['ada', 'mo', 'hana', 'nina', 'root'] as const) {
      const { body } = await world.call(who, 'GET', '/organizations');
      const ids = new Set(body.results.map((o: Loose) => o.id));
      expect(ids.has(0)).toBe(true);
      for (const o of body.results) expect(o.partOf === null || ids.has(o.partOf)).toBe(true);
    }
    const { body } = await world.call('vic', 'GET', '/organizations');
    expect(body.results.map((o: Loose) => [o.id, o.currentUserRole])).toEqual([
      [20003, null],
      [20001, 'viewer'],
      [0, null],
    ]);
  });

  it('a tree holds what lies below', async () => {
    const { body } = await world.call('mo', 'GET', '/organizations/0/tree');
    expect(body.children).toHaveLength(1);
    expect(body.children[0]).toMatchObject({ id: 20001, currentUserRole: 'manager' });
    expect(body.children[0].children[0]).toMatchObject({ id: 20003, partOf: 20001, children: [] });
    const top = await world.call('root', 'GET', '/organizations?part_of=0');
    expect(top.body.results.map((o: Loose) => o.id)).toEqual([20002, 20001]);
  });

  it('D-03: at the top only where the setting says so, and the founder is manager', async () => {
    const draft = { name: 'Ours', type: 'cg' };
    expect(await world.call('nina', 'POST', '/organizations', draft)).toEqual({
      status: 403,
      body: { detail: "You don't have permission to create a top-level organization." },
    });
    await world.rows(
      "insert into setting (key, value) values ('organization.self_service_top_level', 'true')",
    );
    const { status, body } = await world.call('nina', 'POST', '/organizations', draft);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      name: 'Ours',
      type: 'cg',
      partOf: 0,
      currentUserRole: 'manager',
      children: [],
    });
    const below = await world.call('nina', 'POST', '/organizations', {
      name: 'Below',
      type: 'team',
      partOf: body.id,
    });
    expect(below).toMatchObject({ status: 201, body: { currentUserRole: 'manager', partOf: body.id } });
    expect((await world.call('ada', 'POST', '/organizations', draft)).status).toBe(403);
    await world.rows("delete from setting where key = 'organization.self_service_top_level'");
  });

  it('refuses what is no type', async () => {
    for (const type of ['root', 'nonsense', 'toString', undefined]) {
      const { status, body } = await world.call('mo', 'POST', '/organizations', {
        name: 'X',
        type,
        partOf: 20001,
      });
      expect([status, Object.keys(body)]).toEqual([400, ['type']]);
    }
  });

  it('H-22: no organization is moved below itself, nor where its mover governs nothing', async () => {
    const below = { partOf: 20003 };
    const circle = await world.call('mo', 'PATCH', '/organizations/20001', below);
    expect([circle.status, Object.keys(circle.body)]).toEqual([400, ['partOf']]);
    expect((await world.call('root', 'PATCH', '/organizations/20001', { partOf: 20001 })).status).toBe(400);
    expect((await world.call('mo', 'PATCH', '/organizations/20003', { partOf: 20002 })).status).toBe(403);
    expect((await world.call('mo', 'PATCH', '/organizations/20003', { partOf: 0 })).status).toBe(403);
    expect(
      (await world.call('mo', 'PUT', '/organizations/20003', { name: 'Clinic', type: 'dept' })).body,
    ).toMatchObject({
      name: 'Clinic',
      partOf: 20001,
    });
  });

  it('H-23: roles are checked, and the last manager stays', async () => {
    const nina = { jheUserId: 10009, organizationPartitionerRole: 'viewer' };
    const added = await world.call('mo', 'POST', '/organizations/20001/user', nina);
    expect(added).toMatchObject({
      status: 201,
      body: { role: 'viewer', practitioner: { id: 80005 }, organization: { id: 20001 } },
    });
    const changed = await world.call('mo', 'POST', '/organizations/20001/user', {
      jhe_user_id: 10009,
      role: 'member',
    });
    expect(changed).toMatchObject({ status: 200, body: { role: 'member' } });
    expect(
      (
        await world.call('mo', 'POST', '/organizations/20001/user', {
          ...nina,
          organizationPartitionerRole: 'm',
        })
      ).status,
    ).toBe(400);
    expect(await world.call('mo', 'POST', '/organizations/20001/user', {})).toEqual({
      status: 400,
      body: { error: 'jhe_user_id is required' },
    });
    expect(await world.call('mo', 'POST', '/organizations/20001/user', { jheUserId: 10001 })).toEqual({
      status: 404,
      body: { detail: 'Practitioner not found' },
    });
    for (const [method, path, body] of [
      ['POST', 'user', { jheUserId: 10003, role: 'member' }],
      ['DELETE', 'remove_user', { jheUserId: 10003 }],
    ] as const) {
      expect((await world.call('mo', method, `/organizations/20001/${path}`, body)).status).toBe(409);
      expect((await world.call('root', method, `/organizations/20001/${path}`, body)).status).toBe(409);
    }
    const { body: members } = await world.call('vic', 'GET', '/organizations/20001/users');
    expect(members.map((m: Loose) => [m.id, m.lastName, m.role])).toEqual([
      [10003, 'Adler', 'manager'],
      [10009, 'Free', 'member'],
      [10002, 'Rivera', 'member'],
      [10004, 'Wenz', 'viewer'],
    ]);
    for (let times = 0; times < 2; times++) {
      expect(
        (await world.call('mo', 'DELETE', '/organizations/20001/remove_user', { jheUserId: 10009 })).status,
      ).toBe(204);
    }
  });
});

it('D-09: two managers who remove each other at once leave one', async () => {
  const colleague = { jheUserId: 10002, role: 'manager' };
  expect((await world.call('mo', 'POST', '/organizations/20003/user', colleague)).status).toBe(201);
  const replies = await Promise.all([
    world.call('mo', 'DELETE', '/organizations/20003/remove_user', { jheUserId: 10002 }),
    world.call('rivera', 'DELETE', '/organizations/20003/remove_user', { jheUserId: 10003 }),
  ]);
  expect(replies.filter((reply) => reply.status === 204)).toHaveLength(1);
  expect(
    await world.rows("select count(*) from membership where organization_id = 20003 and role = 'manager'"),
  ).toEqual([{ count: 1 }]);
  await world.rows('update membership set practitioner_id = 80002 where organization_id = 20003');
});

describe('appointing by those who administer', () => {
  const nina = { jheUserId: 10009, role: 'manager' };
  const role = async (organizationId: number) =>
    (
      await world.rows(
        'select role from membership where practitioner_id = 80005 and organization_id = $1',
        organizationId,
      )
    )[0]?.role;
  const appoint = (organizationId = 20002, body: object = nina) =>
    world.call('root', 'POST', `/organizations/${organizationId}/user`, body);
  const waiting = async (who: 'root' | 'hana' | 'mo' | 'vic') =>
    (await world.call(who, 'GET', '/organizations/20002/appointments')).body;
  const settle = (who: 'root' | 'hana' | 'mo' | 'vic', id: number, accept: unknown) =>
    world.call(who, 'POST', `/organizations/20002/appointments/${id}`, { accept });

  it('waits for a manager, where there is one', async () => {
    const reply = await appoint();
    expect([reply.status, typeof reply.body.detail]).toEqual([202, 'string']);
    expect(await role(20002)).toBeUndefined();
    // A second one takes the place of the first.
    expect((await appoint(20002, { ...nina, role: 'viewer' })).status).toBe(202);
    const [appointment, ...others] = await waiting('hana');
    expect(others).toEqual([]);
    expect(appointment).toMatchObject({ practitionerId: 80005, role: 'viewer', proposedBy: 10008 });
    expect([await waiting('vic'), await waiting('mo')]).toEqual([[], []]);
    // Nobody but a manager says yes: not whoever proposed it, nor managers elsewhere.
    expect((await settle('root', appointment.id, true)).status).toBe(403);
    expect((await settle('mo', appointment.id, true)).status).toBeGreaterThanOrEqual(403);
    expect((await settle('hana', appointment.id, 'yes')).body).toEqual({
      accept: ['Must be true or false.'],
    });
    expect(await role(20002)).toBeUndefined();
    expect((await settle('hana', appointment.id, true)).status).toBe(204);
    expect(await role(20002)).toBe('viewer');
    expect((await settle('hana', appointment.id, true)).status).toBe(404);
    expect(await waiting('hana')).toEqual([]);
    await world.call('hana', 'DELETE', '/organizations/20002/remove_user', { jheUserId: 10009 });
  });

  it('a manager may turn it down, and whoever proposed it may take it back', async () => {
    for (const who of ['hana', 'root'] as const) {
      await appoint();
      const [appointment] = await waiting('hana');
      expect((await settle(who, appointment.id, false)).status).toBe(204);
      expect(await waiting('hana')).toEqual([]);
    }
    expect(await role(20002)).toBeUndefined();
  });

  it('changes no role of somebody who is there, either', async () => {
    expect((await appoint(20001, { jheUserId: 10002, role: 'manager' })).status).toBe(202);
    const rivera = await world.rows(
      'select role from membership where practitioner_id = 80001 and organization_id = 20001',
    );
    expect(rivera).toEqual([{ role: 'member' }]);
  });

  it('counts at once where there never was a manager', async () => {
    const made = await world.call('root', 'POST', '/organizations', { name: 'New', type: 'prov', partOf: 0 });
    expect(made.status).toBe(201);
    await world.rows('delete from membership where organization_id = $1', made.body.id);
    await world.rows('update organization set had_manager = false where id = $1', made.body.id);
    expect((await appoint(made.body.id)).status).toBe(201);
    expect(await role(made.body.id)).toBe('manager');
    // From now on there was one.
    expect((await appoint(made.body.id, { jheUserId: 10002, role: 'manager' })).status).toBe(202);
  });

  it('where none is left, it counts; every patient is told, and nobody reads for fourteen days', async () => {
    const seen = async () => {
      const reply = await world.exchange.request('GET', '/FHIR/R5/Observation?_summary=count', {
        headers: { authorization: world.tokenOf('hana')! },
      });
      return reply.json().total;
    };
    await world.rows(
      "insert into observation (patient_id, id, code_id, data_point_uuid, data_point) values (40001, 1, 50002, gen_random_uuid(), '{}')",
    );
    await world.rows(
      'insert into series (patient_id, code_id, observations, mixed) values (40001, 50002, 1, true)',
    );
    await world.call('hana', 'POST', '/organizations/20002/user', { jheUserId: 10002, role: 'member' });
    const [before] = await world.rows('select closed_until from organization where id = 20002');
    expect([await seen(), before]).toEqual([1, { closed_until: null }]);
    await world.rows('update app_user set active = false where id = 10005');

    expect((await appoint()).status).toBe(201);
    expect(await role(20002)).toBe('manager');
    const [{ days }] = await world.rows(
      'select extract(epoch from closed_until - now())::float / 86400 as days from organization where id = 20002',
    );
    expect(days).toBeGreaterThan(13.9);
    expect(days).toBeLessThanOrEqual(14);
    expect(
      await world.rows(
        "select patient_id, actor_user_id, organization_id from record_event where kind = 'manager-appointed' order by 1",
      ),
    ).toEqual([
      { patient_id: 40001, actor_user_id: 10008, organization_id: 20002 },
      { patient_id: 40003, actor_user_id: 10008, organization_id: 20002 },
    ]);
    await world.rows('update app_user set active = true where id = 10005');
    expect(await seen()).toBe(0);
    await world.rows("update organization set closed_until = now() - interval '1 second' where id = 20002");
    expect(await seen()).toBe(1);
  });
});
