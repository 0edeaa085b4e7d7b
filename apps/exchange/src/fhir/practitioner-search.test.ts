/** Searching practitioners: each filter and key as a row of a table, on real SQL, with whom it finds and counts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import {
  fillTwoOrganizations,
  organizations,
  patients,
  practitioners,
  studies,
  users,
} from '../../../../tests/worlds/two-organizations.ts';

/** Rivera, Mo and Vic work at Lakeside, Mo in its clinic too; Hana and Rivera at Harbor. */
const LETTERS = { r: 'rivera', m: 'mo', v: 'vic', h: 'hana' } as const;
const { lakeside, harbor, clinic } = organizations;

let exchange: TestExchange;
let rivera: string;
beforeAll(async () => {
  exchange = await openTestExchange();
  const { owner } = exchange.database;
  await fillTwoOrganizations(owner);
  await owner.query(`
    insert into membership (practitioner_id, organization_id, role) values
      (${practitioners.rivera}, ${harbor}, 'member'), (${practitioners.rivera}, ${clinic}, 'viewer');
    update practitioner set identifier = 'ehr-1', last_updated = '2026-05-01T00:00:00Z' where id = ${practitioners.rivera};
    update practitioner set identifier = 'ehr-12', last_updated = '2026-04-30T23:59:59.999999Z' where id = ${practitioners.mo};
    update practitioner set name_family = 'Rivera', name_given = 'Kim', last_updated = '2026-05-02T00:00:00Z'
      where id = ${practitioners.vic};
    update practitioner set name_family = null, name_given = 'LUZ', last_updated = '2026-05-01T12:00:00Z'
      where id = ${practitioners.hana}`);
  rivera = await mintToken(exchange, { userId: users.rivera });
});
afterAll(() => exchange?.close());

type Page = {
  total: number;
  entry: { resource: { id: string } }[];
  link: { relation: string; url: string }[];
};
async function ask(query: string): Promise<Page> {
  const reply = await exchange.request('GET', `/FHIR/R5/Practitioner?${query}`, { token: rivera });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json();
}
const lettersOf = (page: Page) =>
  page.entry
    .map(
      ({ resource }) =>
        Object.entries(LETTERS).find(([, who]) => String(practitioners[who]) === resource.id)?.[0] ?? '?',
    )
    .join('');
const sorted = (letters: string) => [...letters].sort().join('');
const STUDY = 'patient._has:Group:member:_id';

describe.each<[what: string, rows: [query: string, found: string][]]>([
  [
    'names',
    [
      ['', 'hmrv'],
      ['family=r', 'rv'],
      ['family=RIVERA', 'rv'],
      ['family=ivera', ''],
      ['family:contains=ivera', 'rv'],
      ['family:exact=Rivera', 'rv'],
      ['family:exact=rivera', ''],
      ['given=luz', 'hr'],
      ['given:exact=Luz', 'r'],
      ['given:exact=LUZ', 'h'],
      ['given=luz&family=rivera', 'r'],
      ['name=luz', 'hr'],
      ['name=k', 'v'],
      ['name=kim,mo', 'mv'],
      ['name:contains=er', 'mrv'],
      ['name:exact=Mo', 'm'],
    ],
  ],
  [
    'who they are',
    [
      ['identifier=ehr-1', 'r'],
      ['identifier=|ehr-12', 'm'],
      ['identifier=urn:x|ehr-1', ''],
      ['identifier=ehr-1,ehr-12', 'mr'],
      ['identifier:not=ehr-1', 'hmv'],
      [`_id=${practitioners.mo},${practitioners.hana}`, 'hm'],
      [`_id=${practitioners.nina}`, ''],
    ],
  ],
  [
    'where they work',
    [
      [`organization=${lakeside}`, 'mrv'],
      [`organization=${harbor}`, 'hr'],
      [`organization=${clinic}`, 'mr'],
      [`patient.organization=${harbor}`, 'hr'],
      [`organization=${harbor}&organization=${lakeside}`, 'r'],
      [`organization=${harbor},${clinic}`, 'hmr'],
      [`${STUDY}=${studies.glucose}`, 'mrv'],
      [`${STUDY}=Group/${studies.sleep}`, 'hr'],
      [`${STUDY}=${studies.glucose}&${STUDY}=${studies.sleep}`, 'r'],
      [`patient=${patients.ben}`, 'mrv'],
      [`patient=${patients.cleo}`, 'hr'],
      [`patient=${patients.ada}`, 'hmrv'],
      [`patient=${patients.cleo}&given=luz`, 'hr'],
      [`patient=${patients.ben}&organization=${harbor}`, 'r'],
    ],
  ],
  [
    'when they were last changed',
    [
      ['_lastUpdated=2026-05-01', 'hr'],
      ['_lastUpdated=ne2026-05-01', 'mv'],
      ['_lastUpdated=gt2026-05-01', 'v'],
      ['_lastUpdated=ge2026-05-01', 'hrv'],
      ['_lastUpdated=lt2026-05-01', 'm'],
      ['_lastUpdated=le2026-05-01', 'hmr'],
      ['_lastUpdated=sa2026-05-01', 'v'],
      ['_lastUpdated=eb2026-05-01', 'm'],
    ],
  ],
])('by %s', (_what, rows) => {
  test.each(rows)('%s finds %s', async (query, found) => {
    const page = await ask(query);
    expect(sorted(lettersOf(page))).toBe(found);
    expect(page.total).toBe(found.length);
    expect((await ask(`${query}&_summary=count`)).total).toBe(found.length);
  });
});

describe('in order', () => {
  const link = (page: Page, relation: string) => page.link.find((l) => l.relation === relation)?.url;
  const walks: readonly [sort: string, expected: string][] = [
    ['', 'mvrh'],
    ['_sort=_lastUpdated', 'mrhv'],
    ['_sort=-_lastUpdated', 'vhrm'],
  ];

  test.each(
    walks.flatMap(([sort, expected]) => [1, 2, 3, 4, 5].map((count) => [sort, expected, count] as const)),
  )('%s is %s in pages of %i, forth and back', async (sort, expected, count) => {
    let page = await ask(`${sort}&_count=${count}`);
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
  });
});
