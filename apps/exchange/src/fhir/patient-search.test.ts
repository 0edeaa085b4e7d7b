/** Searching patients: each filter and key as a row of a table, on real SQL, with whom it finds and counts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import {
  fillTwoOrganizations,
  organizations,
  practitioners,
  studies,
  users,
} from '../../../../tests/worlds/two-organizations.ts';

type Person = {
  letter: string;
  family: string | null;
  given: string | null;
  born: string | null;
  phone?: string;
  at: readonly number[];
  enrolled?: number;
  updated: string;
  identifiers?: readonly [system: string, value: string][];
};
const { lakeside, harbor } = organizations;

const PEOPLE: readonly Person[] = [
  {
    letter: 'a',
    family: 'Byron',
    given: 'Ada',
    born: '1980-12-10',
    phone: '555-0100',
    at: [lakeside],
    enrolled: studies.glucose,
    updated: '2026-05-01T00:00:00Z',
    identifiers: [
      ['urn:mrn', '17'],
      ['urn:other', 'x'],
    ],
  },
  {
    letter: 'b',
    family: 'Byr',
    given: 'Adam',
    born: '1980-12-11',
    phone: '555-0101',
    at: [harbor],
    enrolled: studies.sleep,
    updated: '2026-05-02T00:00:00Z',
    identifiers: [['urn:mrn', '18']],
  },
  {
    letter: 'c',
    family: 'MacByron',
    given: 'Mary Ada',
    born: '1980-12-09',
    at: [lakeside, harbor],
    updated: '2026-04-30T23:59:59.999999Z',
    identifiers: [['urn:other', '17']],
  },
  { letter: 'd', family: null, given: 'Dora', born: null, at: [lakeside], updated: '2026-05-01T12:00:00Z' },
  {
    letter: 'e',
    family: 'byron',
    given: 'ADA',
    born: '1980-01-01',
    at: [harbor],
    updated: '2026-05-03T00:00:00Z',
  },
  {
    letter: 'f',
    family: '100%',
    given: 'A_a',
    born: '1981-01-01',
    at: [lakeside],
    enrolled: studies.glucose,
    updated: '2026-05-04T00:00:00Z',
  },
  {
    letter: 'g',
    family: null,
    given: null,
    born: '1979-12-31',
    at: [harbor],
    updated: '2026-05-05T00:00:00Z',
  },
];
const FIRST = 41001;
const idOf = (letter: string) => FIRST + PEOPLE.findIndex((person) => person.letter === letter);

let exchange: TestExchange;
let rivera: string;
beforeAll(async () => {
  exchange = await openTestExchange();
  const { owner } = exchange.database;
  await fillTwoOrganizations(owner);
  // Those of the world are gone, and Rivera works in both places.
  await owner.query('delete from consent; delete from enrollment; delete from patient_organization');
  await owner.query(
    `insert into membership (practitioner_id, organization_id, role) values (${practitioners.rivera}, ${harbor}, 'member')`,
  );
  for (const { letter, family, given, born, phone, at, enrolled, updated, identifiers = [] } of PEOPLE) {
    const id = idOf(letter);
    await owner.query(
      `insert into patient (id, name_family, name_given, birth_date, telecom_phone, keeper_organization_id, last_updated)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [id, family, given, born, phone ?? null, at[0], updated],
    );
    for (const place of at)
      await owner.query(
        `insert into patient_organization (patient_id, organization_id) values (${id}, ${place})`,
      );
    for (const [system, value] of identifiers)
      await owner.query(
        'insert into patient_identifier (patient_id, organization_id, system, value) values ($1, $2, $3, $4)',
        [id, at[0], system, value],
      );
    if (enrolled !== undefined)
      await owner.query(
        `insert into enrollment (patient_id, study_id, organization_id) values (${id}, ${enrolled}, ${at[0]})`,
      );
  }
  // Two of them have a login, with an address.
  for (const [letter, email] of [
    ['a', 'Ada.B@example.org'],
    ['b', 'adam@example.org'],
  ] as const) {
    const { rows } = await owner.query<{ id: string }>(
      `insert into app_user (email, first_name, last_name, user_type, email_verified, superuser)
       values ('${email}', '', '', 'patient', true, false) returning id`,
    );
    await owner.query(
      `update patient set user_id = ${rows[0]!.id}, keeper_organization_id = null, contact_email = null where id = ${idOf(letter)}`,
    );
  }
  rivera = await mintToken(exchange, { userId: users.rivera });
});
afterAll(() => exchange?.close());

type Page = {
  total: number;
  entry: { resource: { id: string } }[];
  link: { relation: string; url: string }[];
};
async function ask(query: string): Promise<Page> {
  const reply = await exchange.request('GET', `/FHIR/R5/Patient?${query}`, { token: rivera });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json();
}
const lettersOf = (page: Page) =>
  page.entry.map(({ resource }) => PEOPLE[Number(resource.id) - FIRST]?.letter ?? '?').join('');
const sorted = (letters: string) => [...letters].sort().join('');

async function check(query: string, found: string): Promise<void> {
  const page = await ask(query);
  expect(sorted(lettersOf(page))).toBe(found);
  expect(page.total).toBe(found.length);
  expect((await ask(`${query}&_summary=count`)).total).toBe(found.length);
}
const STUDY = '_has:Group:member:_id';

describe.each<[what: string, rows: [query: string, found: string][]]>([
  [
    'names',
    [
      ['', 'abcdefg'],
      ['family=byr', 'abe'],
      ['family=BYRON', 'ae'],
      ['family=yron', ''],
      ['family:contains=yron', 'ace'],
      ['family:exact=Byron', 'a'],
      ['family:exact=byron', 'e'],
      ['family:exact=Byr', 'b'],
      ['family=100%25', 'f'],
      ['family=%25', ''],
      ['family=_yron', ''],
      ['family=mac,100', 'cf'],
      ['given=ada', 'abe'],
      ['given=Mary', 'c'],
      ['given:contains=ada', 'abce'],
      ['given:exact=Ada', 'a'],
      ['given:exact=ada', ''],
      ['given=a_a', 'f'],
      ['given=dora&family=byron', ''],
      ['given=ada&family=byron', 'ae'],
      ['name=byron', 'ae'],
      ['name=dora', 'd'],
      ['name=mac,dor', 'cd'],
      ['name:contains=ada', 'abce'],
      ['name:exact=Adam', 'b'],
    ],
  ],
  [
    'the day of birth',
    [
      ['birthdate=1980-12-10', 'a'],
      ['birthdate=ne1980-12-10', 'bcefg'],
      ['birthdate=gt1980-12-10', 'bf'],
      ['birthdate=ge1980-12-10', 'abf'],
      ['birthdate=lt1980-12-10', 'ceg'],
      ['birthdate=le1980-12-10', 'aceg'],
      ['birthdate=sa1980-12-10', 'bf'],
      ['birthdate=eb1980-12-10', 'ceg'],
      ['birthdate=1980-12', 'abc'],
      ['birthdate=1980', 'abce'],
      ['birthdate=gt1980', 'f'],
      ['birthdate=lt1980', 'g'],
      ['birthdate=1980-12-09,1981-01-01', 'cf'],
      ['birthdate=ge1980-12-10&birthdate=lt1981', 'ab'],
    ],
  ],
  [
    'how to reach them',
    [
      ['phone=555-0100', 'a'],
      ['phone=555', ''],
      ['phone=phone|555-0101', 'b'],
      ['phone=email|555-0101', ''],
      ['phone:not=555-0100', 'bcdefg'],
      ['email=ada.b@example.org', 'a'],
      ['email=email|adam@example.org', 'b'],
      ['email=adam', ''],
      ['email:not=adam@example.org', 'acdefg'],
      ['telecom=555-0101', 'b'],
      ['telecom=ada.b@example.org', 'a'],
      ['telecom=phone|ada.b@example.org', ''],
      ['telecom:not=555-0100', 'bcdefg'],
      ['telecom=555-0101,ada.b@example.org', 'ab'],
    ],
  ],
  [
    'who they are elsewhere, and here',
    [
      ['identifier=urn:mrn|17', 'a'],
      ['identifier=17', 'ac'],
      ['identifier=|17', 'ac'],
      ['identifier=urn:other|', 'ac'],
      ['identifier=urn:mrn|17,18', 'ab'],
      ['identifier:not=17', 'bdefg'],
      ['patient.identifier=urn:mrn|18', 'b'],
      [`_id=${idOf('a')},${idOf('g')}`, 'ag'],
      [`_id=${idOf('a')}x`, ''],
      [`patient=${idOf('b')}`, 'b'],
      [`patient=Patient/${idOf('b')},${idOf('c')}`, 'bc'],
    ],
  ],
  [
    'where they belong',
    [
      [`organization=${lakeside}`, 'acdf'],
      [`organization=${harbor}`, 'bceg'],
      [`patient.organization=Organization/${harbor}`, 'bceg'],
      [`organization=${harbor}&organization=${lakeside}`, 'c'],
      [`organization=${harbor},${lakeside}`, 'abcdefg'],
      [`${STUDY}=${studies.glucose}`, 'af'],
      [`${STUDY}=Group/${studies.sleep}`, 'b'],
      [`patient.${STUDY}=${studies.sleep}`, 'b'],
      [`${STUDY}=${studies.hearts}`, ''],
      [`${STUDY}=${studies.glucose},${studies.sleep}&organization=${harbor}`, 'b'],
    ],
  ],
  [
    'when they were last changed',
    [
      ['_lastUpdated=2026-05-01', 'ad'],
      ['_lastUpdated=ne2026-05-01', 'bcefg'],
      ['_lastUpdated=gt2026-05-01', 'befg'],
      ['_lastUpdated=ge2026-05-01', 'abdefg'],
      ['_lastUpdated=lt2026-05-01', 'c'],
      ['_lastUpdated=le2026-05-01', 'acd'],
      ['_lastUpdated=sa2026-05-01', 'befg'],
      ['_lastUpdated=eb2026-05-01', 'c'],
    ],
  ],
])('by %s', (_what, rows) => {
  test.each(rows)('%s finds %s', check);
});

describe('in order', () => {
  const link = (page: Page, relation: string) => page.link.find((l) => l.relation === relation)?.url;
  const walks: readonly [sort: string, expected: string][] = [
    ['_sort=_lastUpdated', 'cadbefg'],
    ['_sort=-_lastUpdated', 'gfebdac'],
    [`_sort=-_lastUpdated&organization=${lakeside}`, 'fdac'],
  ];

  test.each(
    walks.flatMap(([sort, expected]) => [1, 2, 3, 7, 8].map((count) => [sort, expected, count] as const)),
  )('%s is %s in pages of %i, forth and back', async (sort, expected, count) =>
    walk(`${sort}&_count=${count}`, expected),
  );

  test.each([1, 2, 3, 4, 7])('by family name, people without one last, in pages of %i', async (count) => {
    const whole = lettersOf(await ask('_count=100'));
    expect(sorted(whole)).toBe('abcdefg');
    // How upper and lower case stand to each other is the database's to say; that nobody comes twice is ours.
    expect(whole.slice(-2)).toBe('dg');
    expect(whole.indexOf('b')).toBeLessThan(whole.indexOf('c'));
    await walk(`_count=${count}`, whole);
  });

  async function walk(query: string, expected: string): Promise<void> {
    let page = await ask(query);
    const pages = [lettersOf(page)];
    for (let next = link(page, 'next'); next && pages.length < 20; next = link(page, 'next')) {
      page = await ask(next.replace(/^.*\?/, ''));
      pages.push(lettersOf(page));
    }
    expect(pages.join('')).toBe(expected);
    for (const earlier of pages.slice(0, -1).reverse()) {
      page = await ask(link(page, 'previous')!.replace(/^.*\?/, ''));
      expect(lettersOf(page)).toBe(earlier);
    }
    expect(link(page, 'previous')).toBeUndefined();
  }
});
