/** Patients: shown, found, made, changed (contract 3.7, 11). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeNames, OMH } from '../../../../../tests/worlds/two-organizations.ts';
import { glucose } from '../../fhir/reading.test-data.ts';
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
  it('are shown with both generations of the identifier key, to the organization that gave it and to themselves', async () => {
    const ada = {
      id: 40001,
      jheUserId: 10001,
      identifier: 'A-17',
      identifiers: [{ id: expect.any(Number), system: 'urn:example:mrn', value: 'A-17' }],
      nameFamily: 'Byron',
      nameGiven: 'Ada',
      birthDate: '1980-12-10',
      telecomPhone: '555-0100',
      telecomEmail: 'ada@example.org',
    };
    const [lakeside, harbor] = [
      nested(20001, 'Lakeside Health', 'prov', 0),
      nested(20002, 'Harbor University', 'edu', 0),
    ];
    expect((await world.call('vic', 'GET', '/patients/40001')).body).toEqual({
      ...ada,
      organizations: [lakeside],
    });
    expect((await world.call('hana', 'GET', '/patients/40001')).body).toEqual({
      ...ada,
      identifier: null,
      identifiers: [],
      organizations: [harbor],
    });
    expect((await world.call('ada', 'GET', '/patients/me')).body).toEqual({
      ...ada,
      organizations: [harbor, lakeside],
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
        'select user_type, superuser, email, email_verified, password_hash from app_user where id = $1',
        body.jheUserId,
      ),
    ).toEqual([
      // What an organization typed is a contact, not the address of a login.
      { user_type: 'patient', superuser: false, email: null, email_verified: false, password_hash: null },
    ]);
  });

  const NO_ADDRESS = [
    'Email is required to create a patient. Without one, give an identifier by which your organization knows the patient.',
  ];
  const base = { organizationId: 20001, telecomEmail: 'fresh@example.org' };
  const refused: [string, object, unknown][] = [
    ['neither address nor identifier', { organizationId: 20001 }, NO_ADDRESS],
    ['an empty address and no identifier', { ...base, telecomEmail: '', identifiers: [] }, NO_ADDRESS],
    [
      'no address, nor half an identifier in its place',
      { organizationId: 20001, identifiers: [{ system: 'x', value: ' ' }] },
      { 'identifiers[0].value': ['This field may not be blank.'] },
    ],
    ['no address at all', { ...base, telecomEmail: 'nonsense' }, ['Enter a valid email address.']],
    [
      'no birth date at all',
      { ...base, birthDate: '1999-02-30' },
      ['Enter a valid birth date (YYYY-MM-DD).'],
    ],
    [
      'an identifier of another patient',
      { ...base, identifiers: [{ system: 'urn:example:mrn', value: 'A-17' }] },
      ['The external identifier urn:example:mrn|A-17 is already in use by another patient.'],
    ],
    [
      'half an identifier',
      { ...base, identifiers: [{ system: 'x' }] },
      { 'identifiers[0].value': ['This field is required.'] },
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

  it.each([{}, { telecomEmail: null }, { telecomEmail: '', nameFamily: '', nameGiven: null }])(
    'an identifier of the organization is enough, without name or address: %o',
    async (more) => {
      const identifiers = [{ system: 'urn:example:trial', value: `P-${JSON.stringify(more).length}` }];
      const { status, body } = await world.call('rivera', 'POST', '/patients', {
        organizationId: 20001,
        identifiers,
        ...more,
      });
      expect([status, body]).toEqual([
        201,
        {
          id: expect.any(Number),
          jheUserId: expect.any(Number),
          identifier: identifiers[0]!.value,
          identifiers: [{ id: expect.any(Number), ...identifiers[0] }],
          nameFamily: null,
          nameGiven: null,
          birthDate: null,
          telecomPhone: null,
          telecomEmail: null,
          organizations: [nested(20001, 'Lakeside Health', 'prov', 0)],
        },
      ]);
      // Nothing was made up to fill the gaps.
      expect(
        await world.rows(
          `select u.email, u.first_name, u.last_name, p.contact_email, p.name_family, p.birth_date
           from patient p join app_user u on u.id = p.user_id where p.id = $1`,
          body.id,
        ),
      ).toEqual([
        {
          email: null,
          first_name: '',
          last_name: '',
          contact_email: null,
          name_family: null,
          birth_date: null,
        },
      ]);
      expect(
        (await world.call('vic', 'GET', `/patients?patientIdentifierValue=${identifiers[0]!.value}`)).body
          .count,
      ).toBe(1);
      const fhir = await world.exchange.request('GET', `/FHIR/R5/Patient/${body.id}`, {
        headers: { authorization: world.tokenOf('rivera')! },
      });
      expect([fhir.statusCode, fhir.json().name, fhir.json().telecom]).toEqual([200, undefined, undefined]);
    },
  );

  it('a pseudonymous participant is enrolled, attested for, recorded for and read like everybody', async () => {
    const made = await world.call('mo', 'POST', '/patients', {
      organizationId: 20001,
      identifiers: [{ system: 'urn:example:trial', value: 'PAPER-001' }],
    });
    const { id } = made.body;
    const enrolled = await world.call('mo', 'POST', '/studies/30001/patients', { patientIds: [id] });
    expect([made.status, enrolled.status]).toEqual([201, 201]);
    const yes = await world.call('mo', 'PATCH', `/patients/${id}/consents`, {
      basis: 'Signed form, protocol 17',
      studyScopeConsents: [
        {
          studyId: 30001,
          scopeConsents: [{ codingSystem: OMH, codingCode: codeNames.glucose, consented: true }],
        },
      ],
    });
    expect(yes.status).toBe(201);
    const headers = { authorization: world.tokenOf('rivera')! };
    const sent = await world.exchange.request('POST', '/FHIR/R5/Observation', {
      headers,
      body: glucose({ patientId: id }),
    });
    expect(sent.statusCode).toBe(201);
    const read = await world.exchange.request('GET', `/FHIR/R5/Observation?patient=${id}`, { headers });
    expect(read.json().total).toBe(1);
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

  it('D-05, H-25: whoever else has the address, the record is made and the reply is the same', async () => {
    const made = async (telecomEmail: string) => {
      const draft = { organizationId: 20001, telecomEmail, nameFamily: 'Draft', nameGiven: 'Dan' };
      const { status, body } = await world.call('rivera', 'POST', '/patients', draft);
      const { id, jheUserId, ...rest } = body;
      expect([id, jheUserId]).toEqual([expect.any(Number), expect.any(Number)]);
      return { status, ...rest, telecomEmail: body.telecomEmail === telecomEmail };
    };
    const fresh = await made('nobody.has.this@example.org');
    expect(fresh).toMatchObject({ status: 201, nameFamily: 'Draft', telecomEmail: true });
    const logins = await world.rows(
      'select id, email, superuser from app_user where email is not null order by id',
    );
    for (const address of [
      'cleo@example.org', // a patient elsewhere
      'ada@example.org', // a patient here, who keeps her record
      'hana@example.org', // a practitioner elsewhere
      'root@example.org', // a superuser
      'nobody.has.this@example.org', // once more: two records of one organization
    ]) {
      expect([address, await made(address)]).toEqual([address, fresh]);
    }
    expect(
      await world.rows('select id, email, superuser from app_user where email is not null order by id'),
    ).toEqual(logins);
    const records = await world.call(
      'rivera',
      'GET',
      '/patients/global_lookup?email=Nobody.Has.This@example.org',
    );
    expect(records.body).toHaveLength(2);
  });

  it('H-04: looking up an address finds records of one’s own organizations, and of nobody else', async () => {
    const lookup = async (who: 'rivera' | 'hana', email: string) => {
      const { status, body } = await world.call(who, 'GET', `/patients/global_lookup?email=${email}`);
      return [status, status === 200 ? body.map((p: Loose) => p.id) : body];
    };
    // By the address that Lakeside has for Ben, and by Ada's own.
    expect(await lookup('rivera', 'BEN@example.org')).toEqual([200, [40002]]);
    expect(await lookup('hana', 'Ada@example.org')).toEqual([200, [40001]]);
    for (const elsewhere of [
      'ben@example.org',
      'rivera@example.org',
      'root@example.org',
      'none@example.org',
    ]) {
      expect([elsewhere, await lookup('hana', elsewhere)]).toEqual([elsewhere, [200, []]]);
    }
    expect((await world.call('rivera', 'GET', '/patients/global_lookup')).body).toEqual([
      'email parameter required',
    ]);
  });

  it('H-04: nobody is added to an organization by number; a number that is not theirs is no number', async () => {
    const add = (who: 'rivera' | 'mo' | 'hana', id: number, organizationId = 20001) =>
      world.call(who, 'PATCH', `/patients/${id}/global_add_organization?organizationId=${organizationId}`);
    const before = await world.rows('select * from patient_organization order by 1, 2');
    expect(await add('rivera', 40003)).toEqual(await add('rivera', 49999));
    expect((await add('rivera', 40003)).status).toBe(404);
    expect(await add('rivera', 40001)).toEqual({
      status: 400,
      body: ['This patient is already a member of this organization.'],
    });
    // Of another of one's organizations, in its keeping or the person's own: never.
    expect((await add('mo', 40002, 20003)).status).toBe(409);
    expect((await add('mo', 40001, 20003)).status).toBe(409);
    expect((await add('hana', 40001)).status).toBe(404);
    expect(await world.rows('select * from patient_organization order by 1, 2')).toEqual(before);
  });

  it('identifiers are each organization’s own: the same one names two people, and neither is told', async () => {
    const identifiers = [{ system: 'urn:example:mrn', value: 'SHARED-1' }];
    const make = (who: 'rivera' | 'hana', organizationId: number) =>
      world.call(who, 'POST', '/patients', { organizationId, telecomEmail: 'x@example.org', identifiers });
    const [lakeside, harbor] = [await make('rivera', 20001), await make('hana', 20002)];
    expect([lakeside.status, harbor.status]).toEqual([201, 201]);
    const found = async (who: 'vic' | 'hana') =>
      (await world.call(who, 'GET', '/patients?patientIdentifierValue=SHARED-1')).body.results.map(
        (p: Loose) => p.id,
      );
    expect(await found('vic')).toEqual([lakeside.body.id]);
    expect(await found('hana')).toEqual([harbor.body.id]);
    expect((await make('rivera', 20001)).body).toEqual([
      'The external identifier urn:example:mrn|SHARED-1 is already in use by another patient.',
    ]);

    // Ada belongs to both: what Harbor gives her replaces nothing of Lakeside's.
    const own = [{ system: 'urn:example:mrn', value: 'A-17' }];
    expect(
      (await world.call('hana', 'PATCH', '/patients/40001', { identifiers: own })).body.identifiers,
    ).toEqual([{ id: expect.any(Number), ...own[0] }]);
    expect((await world.call('vic', 'GET', '/patients/40001')).body.identifiers).toHaveLength(1);
    expect((await world.call('ada', 'GET', '/patients/me')).body.identifiers).toHaveLength(2);
    expect((await world.call('hana', 'PATCH', '/patients/40001', { identifiers: [] })).status).toBe(200);
    expect((await world.call('vic', 'GET', '/patients/40001')).body.identifier).toBe('A-17');
  });
});
