/** Practitioner: whom `fhirUser` names, and their colleagues, as far as sight and scopes reach. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { type MintOptions, mintToken } from '../../../../tests/setup/tokens.ts';
import {
  fillTwoOrganizations,
  organizations,
  patients,
  practitioners,
  studies,
  users,
} from '../../../../tests/worlds/two-organizations.ts';

let exchange: TestExchange;
beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  await exchange.database.owner.query(`
    update practitioner set identifier = 'fhir-' || id where name_family <> 'Adler';
    update practitioner set name_family = null, name_given = null where id = ${practitioners.nina};
    update app_user set active = false where id = ${users.vic}`);
});
afterAll(() => exchange?.close());

type Person = keyof typeof users;
const ALL = 'user/*.cruds';

async function ask(path: string, who: Person, scope = ALL, more: Partial<MintOptions> = {}) {
  const token = await mintToken(exchange, { userId: users[who], scope, ...more });
  return exchange.request('GET', `/FHIR/R5/${path}`, { token });
}
const idsOf = (body: { entry: { resource: { id: string } }[] }) =>
  body.entry.map(({ resource }) => resource.id);
const idOf = (who: keyof typeof practitioners) => String(practitioners[who]);

test('a practitioner reads their own resource, in both spellings of the base', async () => {
  const token = await mintToken(exchange, { userId: users.rivera });
  for (const base of ['/FHIR/R5', '/fhir/r5']) {
    const reply = await exchange.request('GET', `${base}/Practitioner/${practitioners.rivera}`, { token });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toMatch(/^application\/fhir\+json/);
    expect(reply.json()).toEqual({
      resourceType: 'Practitioner',
      id: idOf('rivera'),
      identifier: [{ value: `fhir-${practitioners.rivera}` }],
      meta: {
        lastUpdated: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        source: 'https://jupyterhealth.org/jhe',
      },
      active: true,
      name: [{ family: 'Rivera', given: ['Luz'] }],
      telecom: [{ system: 'email', value: 'rivera@example.org' }],
    });
  }
});

test('what is not known leaves no trace, and who left is not active', async () => {
  const nina = (await ask(`Practitioner/${practitioners.nina}`, 'nina')).json();
  expect(nina).not.toHaveProperty('name');
  const mo = (await ask(`Practitioner/${practitioners.mo}`, 'rivera')).json();
  expect(mo).not.toHaveProperty('identifier');
  expect((await ask(`Practitioner/${practitioners.vic}`, 'rivera')).json()).toMatchObject({ active: false });
});

test('what a practitioner last looked at is no change of the practitioner', async () => {
  const updated = async () =>
    (await ask(`Practitioner/${practitioners.rivera}`, 'rivera')).json().meta.lastUpdated;
  const before = await updated();
  const token = await mintToken(exchange, { userId: users.rivera });
  const settings = async () =>
    (await exchange.request('GET', '/api/v1/users/profile', { token })).json().settings;
  for (const id of [organizations.clinic, organizations.lakeside]) {
    await exchange.request('GET', `/api/v1/patients?organizationId=${id}`, { token });
  }
  // What was looked at is remembered, so that the next visit begins there.
  expect(await settings()).toMatchObject({ currentOrganizationId: organizations.lakeside });
  expect(await updated()).toBe(before);
});

describe('whom one sees', () => {
  test.each<[Person, (keyof typeof practitioners)[]]>([
    ['rivera', ['mo', 'rivera', 'vic']],
    ['hana', ['hana']],
    ['nina', ['nina']],
    ['root', ['mo', 'root', 'rivera', 'hana', 'vic', 'nina']],
    ['ada', []],
  ])('%s', async (who, seen) => {
    const page = (await ask('Practitioner', who)).json();
    expect(idsOf(page)).toEqual(seen.map(idOf));
    expect(page.total).toBe(seen.length);
    const texts = new Set<string>();
    for (const other of Object.keys(practitioners) as (keyof typeof practitioners)[]) {
      const reply = await ask(`Practitioner/${idOf(other)}`, who);
      expect([other, reply.statusCode]).toEqual([other, seen.includes(other) ? 200 : 404]);
      if (reply.statusCode === 404) texts.add(reply.body);
    }
    // Who is hidden and who is not there cannot be told apart.
    for (const path of ['Practitioner/1', 'Practitioner/abc']) texts.add((await ask(path, who)).body);
    expect(texts.size).toBe(1);
  });

  test.each<[string, string, number, number, (keyof typeof practitioners)[] | null]>([
    ['read and search', 'user/Practitioner.rs', 200, 200, ['mo', 'rivera', 'vic']],
    ['version 1', 'openid user/Practitioner.read', 200, 200, ['mo', 'rivera', 'vic']],
    ['read only', 'user/Practitioner.r', 200, 200, null],
    ['of other types', 'user/Patient.rs user/Observation.rs', 403, 403, null],
    ['about the person only', 'openid profile fhirUser', 403, 403, null],
    ['without a read', 'user/*.cud', 403, 403, null],
    ['about a patient, with none in context', 'openid fhirUser patient/*.rs', 403, 403, null],
  ])('with scopes %s: %s', async (_name, scope, own, colleague, found) => {
    const more = { defaultScope: '' };
    expect((await ask(`Practitioner/${idOf('rivera')}`, 'rivera', scope, more)).statusCode).toBe(own);
    expect((await ask(`Practitioner/${idOf('mo')}`, 'rivera', scope, more)).statusCode).toBe(colleague);
    const search = await ask('Practitioner', 'rivera', scope, more);
    if (found) expect(idsOf(search.json())).toEqual(found.map(idOf));
    else expect(search.statusCode).toBe(403);
  });

  test.each<['rivera' | 'root', string, number]>([
    ['rivera', 'patient/*.rs', 200],
    ['rivera', 'patient/Practitioner.rs', 200],
    ['root', 'patient/*.rs', 200],
    ['rivera', 'patient/Patient.rs patient/Observation.rs', 403],
  ])('%s with %s for a patient in context reads at most themselves', async (who, scope, own) => {
    const more = { patient: patients.ada, defaultScope: '' };
    const self = practitioners[who];
    expect((await ask(`Practitioner/${self}`, who, scope, more)).statusCode).toBe(own);
    expect((await ask(`Practitioner/${idOf('mo')}`, who, scope, more)).statusCode).toBe(
      own === 200 ? 404 : 403,
    );
    const search = await ask('Practitioner', who, scope, more);
    expect(search.statusCode).toBe(own);
    if (own === 200) expect(idsOf(search.json())).toEqual([String(self)]);
  });
});

describe('searches', () => {
  const BY_STUDY = 'patient._has:Group:member:_id';
  test.each<[string, (keyof typeof practitioners)[]]>([
    [`_id=${practitioners.mo},${practitioners.hana}`, ['mo']],
    ['_id=abc', []],
    ['family=riv', ['rivera']],
    ['family:exact=riv', []],
    ['given=MO', ['mo']],
    ['name=l', ['rivera']],
    ['name=wenz,luz', ['rivera', 'vic']],
    ['name:contains=e', ['mo', 'rivera', 'vic']],
    [`identifier=fhir-${practitioners.rivera}`, ['rivera']],
    [`identifier=|fhir-${practitioners.rivera}`, ['rivera']],
    [`identifier=urn:ehr|fhir-${practitioners.rivera}`, []],
    [`identifier=fhir-${practitioners.hana}`, []],
    [`identifier:not=fhir-${practitioners.rivera}`, ['mo', 'vic']],
    [`organization=${organizations.lakeside}`, ['mo', 'rivera', 'vic']],
    [`patient=${patients.ada}`, ['mo', 'rivera', 'vic']],
    [`patient=${patients.ada}&given=vic`, ['vic']],
    [`${BY_STUDY}=${studies.glucose}`, ['mo', 'rivera', 'vic']],
    ['_lastUpdated=lt2000', []],
    ['_source=https://jupyterhealth.org/jhe', ['mo', 'rivera', 'vic']],
    ['_source=https://elsewhere.example', []],
  ])('by %s', async (query, found) => {
    const page = await ask(`Practitioner?${query}`, 'rivera');
    expect(page.statusCode, page.body).toBe(200);
    expect(idsOf(page.json())).toEqual(found.map(idOf));
    expect((await ask(`Practitioner?${query}&_summary=count`, 'rivera')).json()).toMatchObject({
      total: found.length,
      entry: [],
    });
  });

  test.each<[string, number]>([
    [`patient=${patients.cleo}`, 403],
    [`organization=${organizations.harbor}`, 403],
    [`${BY_STUDY}=${studies.sleep}`, 403],
    ['group=30001', 400],
    ['email=rivera@example.org', 400],
    ['name:missing=true', 400],
  ])('%s is refused', async (query, status) => {
    expect((await ask(`Practitioner?${query}`, 'rivera')).statusCode).toBe(status);
  });

  test.each(['', '_sort=_lastUpdated', '_sort=-_lastUpdated'])(
    'pages go forth and back over every row once: %s',
    async (sort) => {
      const whole = idsOf((await ask(`Practitioner?${sort}`, 'root')).json());
      expect(whole).toHaveLength(6);
      type Page = { entry: { resource: { id: string } }[]; link: { relation: string; url: string }[] };
      const link = (page: Page, relation: string) => page.link.find((l) => l.relation === relation)?.url;
      const follow = async (url: string): Promise<Page> =>
        (await ask(url.replace(/^.*\/FHIR\/R5\//, ''), 'root')).json();
      let page: Page = (await ask(`Practitioner?${sort}&_count=2`, 'root')).json();
      const seen = [idsOf(page)];
      for (let next = link(page, 'next'); next; next = link(page, 'next')) {
        page = await follow(next);
        seen.push(idsOf(page));
      }
      expect(seen.flat()).toEqual(whole);
      for (const earlier of seen.slice(0, -1).reverse()) {
        page = await follow(link(page, 'previous')!);
        expect(idsOf(page)).toEqual(earlier);
      }
    },
  );
});

test('nothing is written', async () => {
  const token = await mintToken(exchange, { userId: users.root });
  for (const [method, path] of [
    ['POST', 'Practitioner'],
    ['PUT', `Practitioner/${practitioners.root}`],
    ['DELETE', `Practitioner/${practitioners.root}`],
  ] as const) {
    const body = { resourceType: 'Practitioner' };
    const reply = await exchange.request(method, `/FHIR/R5/${path}`, { token, body });
    expect(reply.statusCode).toBe(405);
  }
});

test('every read leaves its trace, also one that was refused', async () => {
  const { owner } = exchange.database;
  const trace = async (path: string, scope: string) => {
    await owner.query('delete from audit_event');
    await ask(path, 'rivera', scope, { defaultScope: '' });
    const { rows } = await owner.query(
      'select user_id, patient_id, interaction, resource, outcome from audit_event',
    );
    return rows;
  };
  const row = { user_id: users.rivera, patient_id: 0, resource: 'Practitioner' };
  const own = `Practitioner/${practitioners.rivera}`;
  expect(await trace(own, ALL)).toEqual([{ ...row, interaction: 'read', outcome: 'ok' }]);
  expect(await trace('Practitioner', ALL)).toEqual([{ ...row, interaction: 'search', outcome: 'ok' }]);
  expect(await trace(own, 'user/Patient.rs')).toEqual([{ ...row, interaction: 'read', outcome: 'refused' }]);
});
