/** Sources, apps, invitations, the trace, pages and refusals (contract 3.1, 3.10, 3.11, 6.1). */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminWorld, type Loose, openAdminWorld } from './admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world.close());

describe('data sources', () => {
  it('H-06: superusers make, change and remove them', async () => {
    const { status, body } = await world.call('root', 'POST', '/data_sources', {
      name: 'Scale',
      type: 'medical_device',
    });
    expect([status, body]).toEqual([
      201,
      { id: expect.any(Number), name: 'Scale', type: 'medical_device', supportedScopes: [] },
    ]);
    const path = `/data_sources/${body.id}`;
    expect(
      (await world.call('root', 'POST', `${path}/supported_scopes`, { scopeCodeId: 50004 })).status,
    ).toBe(201);
    expect(
      (await world.call('root', 'POST', `${path}/supported_scopes`, { scopeCodeId: 50004 })).status,
    ).toBe(200);
    expect((await world.call('root', 'POST', `${path}/supported_scopes`, {})).body).toEqual([
      'scope_code_id is required.',
    ]);
    expect((await world.call('ada', 'GET', path)).body.supportedScopes).toMatchObject([
      { id: 50004, text: 'Body weight' },
    ]);
    expect((await world.call('root', 'PATCH', path, { name: 'Big scale' })).body.name).toBe('Big scale');
    expect((await world.call('root', 'PATCH', path, { type: 'toaster' })).status).toBe(400);
    expect(
      (await world.call('root', 'DELETE', `${path}/supported_scopes`, { scopeCodeId: 50004 })).status,
    ).toBe(204);
    expect((await world.call('root', 'DELETE', path)).status).toBe(204);
    expect((await world.call('root', 'GET', path)).status).toBe(404);
  });
});

describe('clients', () => {
  it('are patients’ apps, with named fields only', async () => {
    const { body } = await world.call('ada', 'GET', '/clients');
    expect(body.results).toEqual([
      {
        id: 102,
        name: 'Sleep app',
        clientId: 'sleep-app',
        invitationUrl: 'https://sleep.example.org/?invitation=CODE',
        launchUri: null,
      },
      {
        id: 101,
        name: 'Glucose app',
        clientId: 'glucose-app',
        invitationUrl: 'https://glucose.example.org/i/CODE',
        launchUri: null,
      },
    ]);
  });

  const draft = { name: 'New app', clientId: 'new-app', invitationUrl: 'https://new.example.org/CODE' };
  const refused: [string, object, string[]][] = [
    ['everything missing', {}, ['name', 'clientId', 'invitationUrl']],
    ['no CODE', { ...draft, invitationUrl: 'https://new.example.org/' }, ['invitationUrl']],
    ['CODE twice', { ...draft, invitationUrl: 'https://new.example.org/CODE/CODE' }, ['invitationUrl']],
    ['plain http', { ...draft, invitationUrl: 'http://new.example.org/CODE' }, ['invitationUrl']],
    ['a script', { ...draft, invitationUrl: 'javascript:alert("CODE")' }, ['invitationUrl']],
    ['a taken client id', { ...draft, clientId: 'sleep-app' }, ['clientId']],
    ['a client id with spaces', { ...draft, clientId: 'a b c' }, ['clientId']],
  ];
  it.each(refused)('refuse %s', async (_name, body, fields) => {
    const reply = await world.call('root', 'POST', '/clients', body);
    expect([reply.status, Object.keys(reply.body)]).toEqual([400, fields]);
  });

  it('are made by superusers as public clients of patients', async () => {
    const { status, body } = await world.call('root', 'POST', '/clients', draft);
    expect([status, body]).toEqual([201, { id: expect.any(Number), ...draft, launchUri: null }]);
    expect(
      await world.rows(
        'select client_type, default_scopes, redirect_uris, client_secret from client where id = $1',
        body.id,
      ),
    ).toEqual([
      {
        client_type: 'public',
        default_scopes: 'openid email patient/*.cruds',
        redirect_uris: ['http://localhost:8000/auth/callback'],
        client_secret: null,
      },
    ]);
    expect((await world.call('root', 'PATCH', `/clients/${body.id}`, { clientId: 'sleep-app' })).status).toBe(
      400,
    );
    expect(
      (
        await world.call('root', 'PATCH', `/clients/${body.id}`, {
          name: 'Newer',
          invitation_url: 'ours://i/CODE',
        })
      ).body,
    ).toEqual({
      ...draft,
      id: body.id,
      name: 'Newer',
      invitationUrl: 'ours://i/CODE',
      launchUri: null,
    });
    const launchUri = 'https://new.example.org/launch';
    const launchable = async () => (await world.call('ada', 'GET', '/clients?launchable=true')).body.results;
    expect(await launchable()).toEqual([]);
    for (const address of ['http://new.example.org/launch', 'javascript:alert(1)', 'ours://launch']) {
      expect((await world.call('root', 'PATCH', `/clients/${body.id}`, { launchUri: address })).status).toBe(
        400,
      );
    }
    await world.call('root', 'PATCH', `/clients/${body.id}`, { launchUri });
    await world.call('root', 'PATCH', `/clients/${body.id}`, { name: 'Newest' });
    expect(await launchable()).toMatchObject([{ id: body.id, name: 'Newest', launchUri }]);
    await world.call('root', 'PATCH', `/clients/${body.id}`, { launchUri: null });
    expect(await launchable()).toEqual([]);
    expect(
      (await world.call('root', 'POST', `/clients/${body.id}/data_sources`, { dataSourceId: 70002 })).body,
    ).toEqual({
      id: expect.any(Number),
      client_id: body.id,
      dataSourceId: 70002,
    });
    expect((await world.call('ada', 'GET', `/clients/${body.id}/data_sources`)).body).toMatchObject([
      { id: 70002 },
    ]);
    expect((await world.call('root', 'DELETE', `/clients/${body.id}`)).status).toBe(204);
  });
});

describe('H-02: invitations', () => {
  it('are issued once, and only their hash is kept', async () => {
    const { status, body } = await world.call('rivera', 'POST', '/invitation', {
      patientId: 40002,
      clientId: 101,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      patientId: 40002,
      client_id: 101,
      status: 'issued',
      issuedBy: 10002,
      redeemedAt: null,
    });
    expect(body.token).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(body.invitationLink).toBe(`https://glucose.example.org/i/localhost%3A8000_${body.token}`);
    const [row] = await world.rows('select token_hash from invitation where id = $1', body.id);
    expect(row.token_hash).toBe(createHash('sha256').update(body.token).digest('base64url'));

    const second = await world.call('rivera', 'POST', '/invitation', { patient_id: 40002, client_id: 101 });
    const list = (await world.call('mo', 'GET', '/invitation?patient_id=40002')).body;
    expect(list.results.map((i: Loose) => [i.id, i.status, i.token])).toEqual([
      [second.body.id, 'issued', null],
      [body.id, 'reissued', null],
    ]);
    expect(JSON.stringify(list)).not.toContain(row.token_hash);
    const apps = (await world.call('mo', 'GET', '/patients/40002/consolidated_clients')).body;
    expect(apps).toMatchObject([
      { id: 101, clientId: 'glucose-app', patientInvitations: [{ id: second.body.id }, { id: body.id }] },
    ]);
    expect((await world.call('vic', 'GET', '/patients/40002/consolidated_clients')).body).toMatchObject([
      { id: 101, patientInvitations: [] },
    ]);

    const path = `/invitation/${second.body.id}/cancel`;
    for (const [who, expected] of [
      ['vic', 404],
      ['nina', 404],
      ['mo', 200],
      ['mo', 409],
    ] as const) {
      expect([who, (await world.call(who, 'POST', path)).status]).toEqual([who, expected]);
    }
  });

  const refused: [string, 'rivera' | 'hana' | 'vic' | 'root', object, number][] = [
    ['an app of another organization’s study', 'rivera', { patientId: 40002, clientId: 102 }, 400],
    ['an app of no study of the patient', 'rivera', { patientId: 40004, clientId: 101 }, 400],
    ['the portal', 'rivera', { patientId: 40002, clientId: 100 }, 404],
    ['a patient of another organization', 'rivera', { patientId: 40003, clientId: 102 }, 404],
    ['a patient who is nobody', 'root', { patientId: 49999, clientId: 101 }, 404],
    ['a person who keeps the record', 'rivera', { patientId: 40001, clientId: 101 }, 403],
    ['... also to those whose app it is', 'hana', { patientId: 40003, clientId: 102 }, 403],
    ['a viewer', 'vic', { patientId: 40002, clientId: 101 }, 403],
    ['a superuser, who administers', 'root', { patientId: 40002, clientId: 101 }, 403],
    ['no client', 'rivera', { patientId: 40002 }, 400],
    ['sendEmail that is no yes or no', 'rivera', { patientId: 40002, clientId: 101, sendEmail: 'yes' }, 400],
  ];
  it.each(refused)('refuse %s', async (_name, who, body, status) => {
    expect((await world.call(who, 'POST', '/invitation', body)).status).toBe(status);
  });

  it('reach a record that has no login yet', async () => {
    const enroll = { patientIds: [40004] };
    expect((await world.call('rivera', 'POST', '/studies/30001/patients', enroll)).status).toBe(201);
    const { body } = await world.call('rivera', 'POST', '/invitation', { patientId: 40004, clientId: 101 });
    expect((await world.call('anonymous', 'POST', `/invitation/${body.token}`)).status).toBe(200);
    expect(
      await world.rows(
        `select u.email, u.email_verified, u.superuser from app_user u join patient p on p.user_id = u.id where p.id = 40004`,
      ),
    ).toEqual([{ email: null, email_verified: false, superuser: false }]);
    expect((await world.call('rivera', 'DELETE', '/studies/30001/patients', enroll)).status).toBe(204);
  });

  it('H-25: open no login that has powers of its own; whoever invites is not told that it has', async () => {
    const { status, body } = await world.call('rivera', 'POST', '/invitation', {
      patientId: 40002,
      clientId: 101,
    });
    expect(status).toBe(201);
    const redeem = () => world.call('anonymous', 'POST', `/invitation/${body.token}`);
    const refusal = { status: 403, body: { detail: 'This account cannot be entered with an invitation.' } };
    await world.rows('insert into practitioner (id, user_id) values (80099, 10006)');
    expect(await redeem()).toEqual(refusal);
    await world.rows('delete from practitioner where id = 80099');
    await world.rows('update app_user set superuser = true where id = 10006');
    expect(await redeem()).toEqual(refusal);
    await world.rows('update app_user set superuser = false where id = 10006');
    expect((await redeem()).status).toBe(200);
  });
});

describe('the trace', () => {
  it('H-46: shows patients who looked at them, and them alone', async () => {
    await world.call('vic', 'GET', '/patients/40001');
    const { body } = await world.call('ada', 'GET', '/audit_events?pageSize=5');
    expect(body.results[0]).toMatchObject({
      userId: 10004,
      clientId: 'jhe-portal',
      patientId: 40001,
      interaction: 'read',
      resource: 'Patient',
      outcome: 'ok',
      rows: 1,
    });
    expect(new Set(body.results.map((line: Loose) => line.patientId))).toEqual(new Set([40001]));
    expect((await world.call('ada', 'GET', '/audit_events?patientId=40002')).body.count).toBe(0);
    expect((await world.call('root', 'GET', '/audit_events?patientId=40001')).body.count).toBeGreaterThan(0);
  });
});

describe('pages', () => {
  it('keep every parameter in absolute links, and stop at the end', async () => {
    const { body } = await world.call('root', 'GET', '/patients?page_size=3&organization_id=20001&x=1');
    expect(body).toMatchObject({ count: 3, next: null, previous: null });
    const first = (await world.call('root', 'GET', '/patients?page_size=1&organization_id=20001&x=1')).body;
    expect(first.next).toBe(
      'http://localhost:8000/api/v1/patients?page_size=1&organization_id=20001&x=1&page=2',
    );
    const second = (await world.call('root', 'GET', first.next.replace('http://localhost:8000/api/v1', '')))
      .body;
    expect(second.results.map((p: Loose) => p.id)).toEqual([40002]);
    expect(second.previous).toBe(
      'http://localhost:8000/api/v1/patients?page_size=1&organization_id=20001&x=1&page=1',
    );
  });

  const refused: [string, number, unknown][] = [
    ['page=2', 404, { detail: 'Invalid page.' }],
    ['page=0', 404, { detail: 'Invalid page.' }],
    ['page=last', 404, { detail: 'Invalid page.' }],
    ['pageSize=0', 400, { pageSize: ['A positive integer is required.'] }],
    ['page_size=many', 400, { pageSize: ['A positive integer is required.'] }],
  ];
  it.each(refused)('refuse %s', async (query, status, body) => {
    expect(await world.call('root', 'GET', `/patients?${query}`)).toEqual({ status, body });
  });

  it('are whole where older clients read only the first, and refused where they would not be', async () => {
    await world.rows(`insert into patient (name_family) select 'P' || n from generate_series(1, 1100) n`);
    const { body } = await world.call('root', 'GET', '/patients');
    expect([body.results.length, body.count, body.next]).toEqual([1104, 1104, null]);
    const large = (await world.call('root', 'GET', '/patients?pageSize=5000')).body;
    expect([large.results.length, large.count]).toEqual([1000, 1104]);
    expect(large.next).toBe('http://localhost:8000/api/v1/patients?pageSize=5000&page=2');
    // Who names a page reads pages: of the largest size.
    const second = (await world.call('root', 'GET', '/patients?page=2')).body;
    expect([second.results.length, second.next]).toEqual([104, null]);

    await world.rows(`insert into patient (name_family) select 'Q' || n from generate_series(1, 9000) n`);
    expect(await world.call('root', 'GET', '/patients')).toEqual({
      status: 400,
      body: { pageSize: [expect.stringMatching(/^There are 10104\. .*10000.*pageSize.*next/)] },
    });
    const pages = (await world.call('root', 'GET', '/patients?page_size=1000')).body;
    expect([pages.results.length, pages.count]).toEqual([1000, 10_104]);
    // A list that is narrow enough is whole again.
    expect((await world.call('root', 'GET', '/patients?organization_id=20001')).body.results).toHaveLength(3);
  });

  it('leave no study of an organization out', async () => {
    await world.rows(
      `insert into study (name, description, organization_id) select 'S' || n, 'D', 20003 from generate_series(1, 1100) n`,
    );
    const { body } = await world.call('root', 'GET', '/organizations/20003/studies');
    expect(body.length).toBeGreaterThanOrEqual(1100);
    expect((await world.call('root', 'GET', '/studies')).body.results.length).toBeGreaterThanOrEqual(1100);
  });
});

describe('refusals', () => {
  it('are text in detail, whatever goes wrong', async () => {
    expect(await world.call('anonymous', 'GET', '/patients')).toEqual({
      status: 401,
      body: { detail: 'Authentication credentials were not provided.' },
    });
    expect((await world.call('root', 'GET', '/patients/abc')).body).toEqual({
      detail: 'No Patient matches the given query.',
    });
    expect((await world.call('root', 'GET', '/patients/99999999999999999999')).status).toBe(404);
    expect((await world.call('mo', 'POST', '/studies', [])).status).toBe(400);
    expect((await world.call('mo', 'POST', '/studies', 'text')).status).toBe(400);
    expect((await world.call('mo', 'POST', '/studies/30001/patients', { patientIds: 'all' })).status).toBe(
      400,
    );
    expect(
      (await world.call('mo', 'POST', '/studies', { organization: 1e300, name: 'a', description: 'b' })).body,
    ).toEqual({
      organization: ['A valid integer is required.'],
    });
  });
});
