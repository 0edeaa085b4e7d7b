/** Holes of the reference that let one person act as another, each closed: named by its number in the contract, 11. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdminWorld,
  openAdminWorld,
  type Who,
} from '../../apps/exchange/src/admin/admin-world.test-data.ts';
import { mintToken } from '../setup/tokens.ts';
import { clients, patients, users } from '../worlds/two-organizations.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world?.close());

const EVERYBODY: readonly Who[] = ['anonymous', 'ada', 'vic', 'rivera', 'mo', 'hana', 'nina'];

/** What there is about every login, without the moment of the last sign-in. */
const logins = () =>
  world.rows(
    'select id, email, user_type, active, superuser, email_verified, password_hash from app_user order by id',
  );

describe('H-01 nobody raises themselves or takes over another login', () => {
  it.each(EVERYBODY)('%s cannot write powers, addresses, passwords or other people', async (who) => {
    const before = await logins();
    const grab = {
      isSuperuser: true,
      is_superuser: true,
      superuser: true,
      userType: 'practitioner',
      email: 'mine@example.org',
      emailVerified: true,
      isActive: false,
      password: 'Correct-horse-9',
    };
    const targets = [users.root, users.ada, users.mo, ...(who === 'anonymous' ? [] : [users[who]])];
    for (const id of targets) {
      for (const method of ['PATCH', 'PUT', 'DELETE'] as const) {
        const { status } = await world.call(
          who,
          method,
          `/users/${id}`,
          method === 'DELETE' ? undefined : grab,
        );
        if (method === 'DELETE') expect(status, `${method} ${id}`).toBeGreaterThanOrEqual(401);
      }
    }
    const made = await world.call(who, 'POST', '/users', { ...grab, email: `new-${who}@example.org` });
    expect(made.status).toBeGreaterThanOrEqual(401);
    expect(await logins()).toEqual(before);
  });
});

describe('H-18 an address that is not proved opens nothing', () => {
  it('sees no patient of the organizations it was added to, and all with the proof', async () => {
    const count = async () => (await world.call('rivera', 'GET', '/patients')).body.results.length;
    expect(await count()).toBe(3);
    await world.rows('update app_user set email_verified = false where id = $1', users.rivera);
    expect(await count()).toBe(0);
    expect((await world.call('rivera', 'GET', `/patients/${patients.ada}`)).status).not.toBe(200);
    expect((await world.call('rivera', 'GET', '/users/profile')).status).toBe(200);
    await world.rows('update app_user set email_verified = true where id = $1', users.rivera);
    expect(await count()).toBe(3);
  });
});

describe('H-19 scopes limit', () => {
  const CASES: readonly [scope: string, path: string, status: number][] = [
    ['user/Patient.rs', `/api/v1/patients/${patients.ada}`, 200],
    ['user/Observation.rs', `/api/v1/patients/${patients.ada}`, 403],
    ['user/Patient.rs', `/FHIR/R5/Observation?patient=${patients.ada}`, 403],
    ['user/Observation.rs', `/FHIR/R5/Observation?patient=${patients.ada}`, 200],
    ['user/Patient.c', `/FHIR/R5/Patient/${patients.ada}`, 403],
    ['launch fhirUser openid wonder/everything.*', `/FHIR/R5/Patient/${patients.ada}`, 403],
    ['system/*.cruds', `/FHIR/R5/Patient/${patients.ada}`, 403],
  ];
  it.each(CASES)('%s at %s: %d', async (scope, path, status) => {
    const token = await mintToken(world.exchange, { userId: users.rivera, scope, defaultScope: '' });
    expect((await world.exchange.request('GET', path, { token })).statusCode).toBe(status);
  });

  it('a token that may only read writes nothing', async () => {
    const token = await mintToken(world.exchange, { userId: users.mo, scope: 'user/*.rs' });
    const before = await world.rows('select count(*)::int as n from study');
    const body = { name: 'New', description: 'x', organization: 20001 };
    const reply = await world.exchange.request('POST', '/api/v1/studies', { token, body });
    expect(reply.statusCode).toBe(403);
    expect(await world.rows('select count(*)::int as n from study')).toEqual(before);
  });
});

describe('H-25 no invitation into an account with powers', () => {
  it.each(['rivera@example.org', 'root@example.org', 'Root@Example.ORG'])(
    'does not make a patient of %s: the record has a login of its own, without an address',
    async (telecomEmail) => {
      const before = await logins();
      const { status, body } = await world.call('mo', 'POST', '/patients', {
        organizationId: 20001,
        nameFamily: 'Any',
        nameGiven: 'Body',
        birthDate: '1990-01-01',
        telecomEmail,
      });
      expect(status).toBe(201);
      expect(before.map(({ id }) => id)).not.toContain(body.jheUserId);
      const after = await logins();
      expect(after.filter(({ id }) => id !== body.jheUserId)).toEqual(before);
      expect(after.find(({ id }) => id === body.jheUserId)).toEqual({
        id: body.jheUserId,
        email: null,
        user_type: 'patient',
        active: true,
        superuser: false,
        email_verified: false,
        password_hash: null,
      });
    },
  );

  it('opens no login that became a practitioner or superuser', async () => {
    const { body } = await world.call('mo', 'POST', '/invitation', {
      patientId: patients.ben,
      clientId: clients.glucoseApp,
    });
    const redeem = () => world.call('anonymous', 'POST', `/invitation/${body.token}`);
    const refusal = { status: 403, body: { detail: 'This account cannot be entered with an invitation.' } };
    await world.rows('update app_user set superuser = true where id = $1', users.ben);
    expect(await redeem()).toEqual(refusal);
    await world.rows('update app_user set superuser = false where id = $1', users.ben);
    await world.rows('insert into practitioner (user_id) values ($1)', users.ben);
    expect(await redeem()).toEqual(refusal);
    await world.rows('delete from practitioner where user_id = $1', users.ben);
    expect((await redeem()).status).toBe(200);
  });

  it('whatever a login that a link opened becomes, the link’s session has none of its powers', async () => {
    await world.rows('update app_user set superuser = true, email_verified = true where id = $1', users.ben);
    await world.rows('insert into practitioner (id, user_id) values (80098, $1)', users.ben);
    await world.rows(
      "insert into membership (practitioner_id, organization_id, role) values (80098, 20002, 'manager')",
    );
    // Nobody's practitioner, so that lists of people are not for it.
    expect((await world.call('ben', 'GET', '/patients')).status).toBe(403);
    expect((await world.call('ben', 'GET', `/patients/${patients.ben}`)).status).toBe(200);
    expect((await world.call('ben', 'GET', `/patients/${patients.cleo}`)).status).toBe(403);
    expect((await world.call('ben', 'GET', '/audit_events')).body.count ?? 0).toBe(0);
    await world.rows('delete from membership where practitioner_id = 80098');
    await world.rows('delete from practitioner where id = 80098');
    await world.rows(
      'update app_user set superuser = false, email_verified = false where id = $1',
      users.ben,
    );
  });
});

describe('H-46 there is a trail', () => {
  it('of who read whom, through which client, and of who was refused', async () => {
    const [{ last }] = (await world.rows('select coalesce(max(id), 0)::int as last from audit_event')) as [
      { last: number },
    ];
    await world.call('rivera', 'GET', `/patients/${patients.ada}`);
    const token = await mintToken(world.exchange, {
      userId: users.vic,
      clientId: 'glucose-app',
      scope: 'user/Group.rs',
    });
    await world.exchange.request('GET', `/api/v1/patients/${patients.ada}`, { token });
    expect(
      await world.rows(
        `select patient_id::int, user_id::int, client_id, interaction, resource, outcome from audit_event
         where id > $1 order by id`,
        last,
      ),
    ).toEqual([
      {
        patient_id: patients.ada,
        user_id: users.rivera,
        client_id: 'jhe-portal',
        interaction: 'read',
        resource: 'Patient',
        outcome: 'ok',
      },
      {
        patient_id: 0,
        user_id: users.vic,
        client_id: 'glucose-app',
        interaction: 'read',
        resource: 'Patient',
        outcome: 'refused',
      },
    ]);
  });

  it("is the patient's to read, and nobody else's but the administrator's", async () => {
    const seen = async (who: Who) => {
      const { status, body } = await world.call(who, 'GET', '/audit_events');
      return status === 200 ? body.results.map((row: { patientId: number }) => row.patientId) : status;
    };
    expect(new Set(await seen('ada'))).toEqual(new Set([patients.ada]));
    for (const who of ['rivera', 'mo', 'hana'] as const) expect(await seen(who)).toBe(403);
    expect((await seen('root')).length).toBeGreaterThan(1);
  });
});
