/**
 * Searching readings: each filter, prefix and key as a row of a table, on real SQL, with what it finds and counts. The
 * readings lie on the borders of what is asked, so that a comparison that is off by one finds another set.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestExchange, type TestExchange } from '../../../../tests/setup/exchange.ts';
import { mintToken } from '../../../../tests/setup/tokens.ts';
import {
  codes,
  fillTwoOrganizations,
  patients,
  studies,
  users,
} from '../../../../tests/worlds/two-organizations.ts';

type Row = {
  /** Its letter is its identifier; the others find it by that. */
  letter: string;
  start: string | null;
  end?: string;
  updated?: string;
  device?: number;
  status?: string;
  code?: number;
};

const OTHER_METER = 70003;
const CLOCK = 'urn:clock';

/** What is asked for is the day of 1 March 2026, or instants at its ends. */
const ROWS: readonly Row[] = [
  { letter: 'a', start: '2026-03-01T00:00:00Z', updated: '2026-05-01T00:00:00Z' },
  { letter: 'b', start: '2026-03-01T23:59:59.999999Z', updated: '2026-05-01T23:59:59.999999Z' },
  { letter: 'c', start: '2026-03-02T00:00:00Z', updated: '2026-05-02T00:00:00Z', status: 'amended' },
  { letter: 'd', start: '2026-02-28T23:59:59.999999Z', updated: '2026-04-30T23:59:59.999999Z' },
  { letter: 'e', start: '2026-02-28T12:00:00Z', end: '2026-03-01T12:00:00Z', device: OTHER_METER },
  { letter: 'f', start: '2026-03-01T12:00:00Z', end: '2026-03-02T12:00:00Z', status: 'preliminary' },
  { letter: 'g', start: '2026-03-01T06:00:00Z', end: '2026-03-01T07:00:00Z', device: OTHER_METER },
  { letter: 'h', start: '2026-02-01T00:00:00Z', end: '2026-04-01T00:00:00Z' },
  { letter: 'i', start: null },
  { letter: 'j', start: null },
  // As early as a, and later by arrival.
  { letter: 'k', start: '2026-03-01T00:00:00Z', updated: '2026-05-03T00:00:00Z' },
  // Of a measure that nobody but Ada sees here.
  { letter: 'z', start: '2026-03-01T00:00:00Z', code: codes.heartRate },
];
const UPDATED = '2026-06-01T00:00:00Z';

let exchange: TestExchange;
let rivera: string;
let ada: string;
beforeAll(async () => {
  exchange = await openTestExchange();
  const { owner } = exchange.database;
  await fillTwoOrganizations(owner);
  await owner.query(
    `insert into data_source (id, name, type) values (${OTHER_METER}, 'Other', 'personal_device')`,
  );
  await owner.query(
    `insert into study_data_source (study_id, data_source_id) values (${studies.glucose}, ${OTHER_METER})`,
  );
  for (const [
    n,
    { letter, start, end, updated = UPDATED, device = 70001, status = 'final', code = codes.glucose },
  ] of ROWS.entries()) {
    const id = 900 + n;
    await owner.query(
      `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, status, effective_start, effective_end,
         data_point, last_updated)
       values ($1, $2, $3, $4, gen_random_uuid(), $5, $6, $7, '{}', $8)`,
      [patients.ada, id, code, device, status, start, end ?? null, updated],
    );
    for (const [system, value] of [
      [CLOCK, letter],
      ['urn:other', `${letter}${letter}`],
    ]) {
      await owner.query(
        'insert into observation_identifier (patient_id, observation_id, code_id, system, value) values ($1, $2, $3, $4, $5)',
        [patients.ada, id, code, system, value],
      );
    }
  }
  for (const code of [codes.glucose, codes.heartRate]) {
    await owner.query(
      `insert into series (patient_id, code_id, observations) select patient_id, code_id, count(*) from observation
       where code_id = ${code} group by 1, 2`,
    );
  }
  rivera = await mintToken(exchange, { userId: users.rivera });
  ada = await mintToken(exchange, {
    userId: users.ada,
    clientId: 'glucose-app',
    defaultScope: 'patient/*.cruds',
  });
});
afterAll(() => exchange?.close());

type Page = {
  total: number;
  entry: { resource: { identifier: { system: string; value: string }[] } }[];
  link: { relation: string; url: string }[];
};

async function ask(query: string, token = rivera): Promise<Page> {
  const reply = await exchange.request('GET', `/FHIR/R5/Observation?${query}`, { token });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json();
}
const lettersOf = (page: Page) =>
  page.entry
    .map(({ resource }) => resource.identifier.find(({ system }) => system === CLOCK)!.value)
    .join('');
const sorted = (letters: string) => [...letters].sort().join('');

/** The letters that a query finds; it counts as many, with the page and without it. */
async function check(query: string, found: string): Promise<void> {
  const page = await ask(`${query}&_count=100`);
  expect(sorted(lettersOf(page))).toBe(sorted(found));
  expect(page.total).toBe(found.length);
  expect((await ask(`${query}&_summary=count`)).total).toBe(found.length);
}

const ALL = 'abcdefghijk';

describe('the time of a reading', () => {
  test.each<[string, string]>([
    // The day.
    ['date=2026-03-01', 'abgk'],
    ['date=eq2026-03-01', 'abgk'],
    ['date=ne2026-03-01', 'cdefh'],
    ['date=gt2026-03-01', 'cfh'],
    ['date=ge2026-03-01', 'abcefghk'],
    ['date=lt2026-03-01', 'deh'],
    ['date=le2026-03-01', 'abdefghk'],
    ['date=sa2026-03-01', 'c'],
    ['date=eb2026-03-01', 'd'],
    // An instant, to the second: its first and the one after it.
    ['date=2026-03-01T00:00:00Z', 'ak'],
    ['date=ne2026-03-01T00:00:00Z', 'bcdefgh'],
    ['date=gt2026-03-01T00:00:00Z', 'bcefgh'],
    ['date=ge2026-03-02T00:00:00Z', 'cfh'],
    ['date=gt2026-03-01T23:59:59Z', 'cfh'],
    ['date=ge2026-03-01T23:59:59Z', 'bcfh'],
    ['date=le2026-03-01T00:00:00Z', 'adehk'],
    ['date=lt2026-03-01T00:00:00Z', 'deh'],
    ['date=sa2026-03-01T00:00:00Z', 'bcfg'],
    ['date=sa2026-03-01T23:59:59Z', 'c'],
    ['date=eb2026-03-01T00:00:00Z', 'd'],
    ['date=eb2026-03-02T00:00:00Z', 'abdegk'],
    ['date=eq2026-03-01T23:59:59.999999Z', 'b'],
    ['date=2026-03-01T02:00:00%2B02:00', 'ak'],
    // A period counts by both of its ends.
    ['date=gt2026-03-01T12:00:00Z', 'bcfh'],
    ['date=ge2026-03-01T12:00:00Z', 'bcefh'],
    ['date=eb2026-03-01T12:00:00Z', 'adgk'],
    ['date=sa2026-03-01T05:59:59Z', 'bcfg'],
    ['date=sa2026-03-01T06:00:00Z', 'bcf'],
    // Months and years.
    ['date=2026-03', 'abcfgk'],
    ['date=lt2026-03', 'deh'],
    ['date=2026', 'abcdefghk'],
    ['date=gt2026', ''],
    // Either, and both.
    ['date=eb2026-03-01,sa2026-03-01', 'cd'],
    ['date=ge2026-03-01&date=lt2026-03-02', 'abefghk'],
    ['date=sa2026-02-28&date=eb2026-03-02', 'abgk'],
  ])('%s finds %s', check);

  test.each(['ap2026-03-01', 'xx2026-03-01', 'GE2026-03-01', '>2026-03-01'])(
    'date=%s is refused: there is no such prefix here',
    async (value) => {
      const reply = await exchange.request('GET', `/FHIR/R5/Observation?date=${encodeURIComponent(value)}`, {
        token: rivera,
      });
      expect(reply.statusCode).toBe(400);
      expect(reply.json().issue[0]).toMatchObject({ expression: ['http.date'] });
    },
  );
});

describe('when it was last changed', () => {
  test.each<[string, string]>([
    ['_lastUpdated=2026-05-01', 'ab'],
    ['_lastUpdated=ne2026-05-01', 'cdefghijk'],
    ['_lastUpdated=gt2026-05-01', 'cefghijk'],
    ['_lastUpdated=ge2026-05-01', 'abcefghijk'],
    ['_lastUpdated=lt2026-05-01', 'd'],
    ['_lastUpdated=le2026-05-01', 'abd'],
    ['_lastUpdated=sa2026-05-01', 'cefghijk'],
    ['_lastUpdated=eb2026-05-01', 'd'],
    ['_last_updated=ge2026-05-02&_lastUpdated=le2026-05-03', 'ck'],
  ])('%s finds %s', check);
});

describe('what it is', () => {
  test.each<[string, string]>([
    ['', ALL],
    ['device=Device/70001', 'abcdfhijk'],
    [`device=${OTHER_METER}`, 'eg'],
    [`device=${OTHER_METER},70001`, ALL],
    ['status=final', 'abdeghijk'],
    ['status=amended,preliminary', 'cf'],
    ['status=http://hl7.org/fhir/observation-status|amended', 'c'],
    ['status=urn:x|amended', ''],
    ['status:not=final', 'cf'],
    ['status:not=final,amended', 'f'],
    ['_id=900,902', 'ac'],
    ['_id=900&_id=902', ''],
    ['_id=900x,901', 'b'],
    [`identifier=${CLOCK}|a`, 'a'],
    [`identifier=${CLOCK}|a,${CLOCK}|bb,urn:other|cc`, 'ac'],
    ['identifier=|gg', 'g'],
    ['identifier=hh', 'h'],
    ['identifier=urn:nowhere|', ''],
    ['identifier=urn:other|', ALL],
    [`identifier:not=${CLOCK}|a,bb`, 'cdefghijk'],
    ['identifier=z', ''],
    ['code=omh:blood-glucose:4.0', ALL],
    ['code=https://w3id.org/openmhealth|', ALL],
    ['code=https://w3id.org/ieee1752|', ''],
    ['code=urn:x|omh:blood-glucose:4.0', ''],
    ['code:not=omh:heart-rate:2.0', ALL],
    ['code:not=omh:heart-rate:2.0,omh:blood-glucose:4.0', ''],
    ['patient.identifier=urn:example:mrn|A-17', ALL],
    ['patient.identifier:not=urn:example:mrn|A-17', ''],
    ['patient.identifier=urn:example:other|A-17', ''],
    [`patient=${patients.ada}&device=${OTHER_METER}&date=2026-03-01`, 'g'],
  ])('%s finds %s', check);

  test('a device that is not in sight is nobody’s to ask for', async () => {
    for (const device of ['70099', 'Device/1']) {
      const reply = await exchange.request('GET', `/FHIR/R5/Observation?device=${device}`, { token: rivera });
      expect(reply.statusCode).toBe(403);
    }
  });
});

describe('the order, whatever the size of the pages', () => {
  // By time, what is as early as something else by its id; undated ones last, both ways.
  const BY_DATE = 'hedakgfbcij';
  const walks: readonly [sort: string, expected: string][] = [
    ['', 'kjihgfedcba'],
    ['_sort=date', BY_DATE],
    ['_sort=-date', 'cbfgakdehij'],
    ['_sort=_lastUpdated', 'dabckefghij'],
    ['_sort=-_lastUpdated', 'efghijkcbad'],
    ['_sort=date,-_lastUpdated', 'hedkagfbcij'],
    ['_sort=-date,-_lastUpdated', 'cbfgkadehij'],
    ['_sort=-_lastUpdated,date', 'hegfijkcbad'],
    ['_sort=-_lastUpdated,-date', 'fgehijkcbad'],
    ['_sort=date,date', BY_DATE],
    ['_sort=date&date=ge2026-03-01', 'heakgfbc'],
  ];
  const link = (page: Page, relation: string) => page.link.find((l) => l.relation === relation)?.url;
  const follow = (url: string) => ask(url.replace(/^.*\?/, ''));

  test.each(
    walks.flatMap(([sort, expected]) =>
      [1, 2, 3, 10, 11, 12].map((count) => [sort, expected, count] as const),
    ),
  )('%s is %s in pages of %i, forth and back', async (sort, expected, count) => {
    let page = await ask(`${sort}&_count=${count}`);
    const pages = [lettersOf(page)];
    for (let next = link(page, 'next'); next && pages.length < 20; next = link(page, 'next')) {
      page = await follow(next);
      pages.push(lettersOf(page));
    }
    expect(pages.join('')).toBe(expected);
    expect(pages).toHaveLength(Math.ceil(expected.length / count));
    for (let at = pages.length - 2; at >= 0; at--) {
      page = await follow(link(page, 'previous')!);
      expect(lettersOf(page)).toBe(pages[at]);
      // And forth again from there, where a backward page has another way to know its end.
      expect(lettersOf(await follow(link(page, 'next')!))).toBe(pages[at + 1]);
    }
    expect(link(page, 'previous')).toBeUndefined();
  });

  test('by number, the same', async () => {
    for (const [sort, expected] of walks) {
      const pages = await Promise.all(
        [1, 2, 3]
          .slice(0, Math.ceil(expected.length / 4))
          .map((number) => ask(`${sort}&_count=4&_page=${number}`)),
      );
      expect(pages.map(lettersOf).join('')).toBe(expected);
    }
  });

  test('what comes and goes between two pages moves nothing else', async () => {
    const { owner } = exchange.database;
    const first = await ask('_sort=date&_count=4');
    expect(lettersOf(first)).toBe('heda');
    await owner.query(`update observation set effective_start = '2020-01-01' where id = 900`);
    expect(lettersOf(await follow(link(first, 'next')!))).toBe('kgfb');
    await owner.query(`update observation set effective_start = '2026-03-01T00:00:00Z' where id = 900`);
  });
});

test('Ada finds what nobody else does', async () => {
  expect((await ask('identifier=z', ada)).total).toBe(1);
  expect((await ask('_summary=count', ada)).total).toBe(ROWS.length);
});
