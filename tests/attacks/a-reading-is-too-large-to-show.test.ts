/**
 * The attack: record a reading of many MiB, or a time with millions of digits. It was taken, and from then on every page
 * that held it was answered 500. Now a data point has a bound, and pages end early, whatever is stored already.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { glucose, type Wanted } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import { codes, dataSources, fillTwoOrganizations, patients, users } from '../worlds/two-organizations.ts';

const KIB = 1024;
const READINGS = 90;

let exchange: TestExchange;
let ada: string;
let rivera: string;

beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  ada = await mintToken(exchange, { userId: users.ada, clientId: 'glucose-app' });
  rivera = await mintToken(exchange, { userId: users.rivera });
});
afterAll(() => exchange?.close());

const reading = (wanted: Partial<Wanted> = {}) => glucose({ patientId: patients.ada, ...wanted });
const withNote = (note: string) =>
  reading({ text: (json) => json.replace('{"header"', `{"note":"${note}","header"`) });
const record = (body: unknown) => exchange.request('POST', '/FHIR/R5/Observation', { token: ada, body });

describe('a data point', () => {
  const digits = '1'.repeat(4000);
  test.each<[string, object, number, RegExp]>([
    ['as large as may be', withNote('x'.repeat(63 * KIB)), 201, /^/],
    ['larger', withNote('x'.repeat(65 * KIB)), 413, /64 KiB/],
    ['larger in bytes only', withNote('é'.repeat(40 * KIB)), 413, /64 KiB/],
    ['much larger', withNote('x'.repeat(600 * KIB)), 413, /64 KiB/],
    [
      'with a time of thousands of digits',
      reading({ at: `2026-03-01T08:00:00.${digits}Z` }),
      422,
      /date_time/,
    ],
    [
      'of very many values',
      reading({ text: (json) => json.replace('{"header"', `{"note":[${'1,'.repeat(31_000)}1],"header"`) }),
      422,
      /more than 30000 values/,
    ],
    [
      'very deep',
      reading({
        text: (json) => json.replace('{"header"', `{"note":${'['.repeat(9000)}${']'.repeat(9000)},"header"`),
      }),
      422,
      /deeper than/,
    ],
    [
      'rather deep',
      reading({
        text: (json) => json.replace('{"header"', `{"note":${'['.repeat(100)}${']'.repeat(100)},"header"`),
      }),
      422,
      /32 levels/,
    ],
  ])('%s', async (_name, body, status, says) => {
    const reply = await record(body);
    expect(reply.statusCode, reply.body.slice(0, 300)).toBe(status);
    expect(reply.body).toMatch(says);
  });
});

describe('readings that are large already', () => {
  const ids: number[] = [];
  beforeAll(async () => {
    const { owner } = exchange.database;
    await owner.query('delete from observation');
    await owner.query('delete from series');
    for (let n = 0; n < READINGS; n++) {
      // One of 6 MiB stands among them, as an earlier version took it.
      const { rows } = await owner.query<{ id: number }>(
        `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, effective_start, data_point)
         values ($1, nextval('observation_id'), $2, $3, gen_random_uuid(), now() - make_interval(hours => $4),
           json_build_object('note', repeat('y', $5))) returning id`,
        [patients.ada, codes.glucose, dataSources.meter, n, n === 40 ? 6 * KIB * KIB : 60 * KIB],
      );
      ids.push(rows[0]!.id);
    }
    await owner.query('insert into series (patient_id, code_id, observations) values ($1, $2, $3)', [
      patients.ada,
      codes.glucose,
      READINGS,
    ]);
  });

  type Bundle = {
    entry: { resource: { id: string } }[];
    link: { relation: string; url: string }[];
    total: number;
  };
  const walk = async (url: string, relation: string) => {
    const pages: number[][] = [];
    let last = url;
    for (let next: string | undefined = url; next; ) {
      const reply = await exchange.request('GET', next, { token: rivera });
      expect(reply.statusCode).toBe(200);
      const { entry, link, total } = reply.json<Bundle>();
      expect(total).toBe(READINGS);
      pages.push(entry.map(({ resource }) => Number(resource.id)));
      last = next;
      next = link.find((one) => one.relation === relation)?.url;
    }
    return { pages, last };
  };
  const newestFirst = () => [...ids].reverse();

  test.each([
    '_count=1000',
    '_count=50',
    '_count=1000&_page=1',
    '_count=40&_page=1',
    '_count=1000&_sort=date',
  ])('come whole with %s, a page at a time, forth and back', async (query) => {
    const forth = await walk(`/FHIR/R5/Observation?${query}`, 'next');
    expect(forth.pages.length).toBeGreaterThan(2);
    const expected = newestFirst();
    expect(forth.pages.flat()).toEqual(expected);
    for (const page of forth.pages) expect(page.length).toBeGreaterThan(0);
    const back = await walk(forth.last, 'previous');
    const seen = back.pages.reverse().flat();
    expect(seen).toEqual(expected.slice(0, seen.length));
  });

  test('leave a trace of what was shown, and of no more', async () => {
    const reply = await exchange.request('GET', '/FHIR/R5/Observation?_count=1000', { token: rivera });
    const { rows } = await exchange.database.owner.query<{ rows: number }>(
      'select rows from audit_event order by at desc, id desc limit 1',
    );
    expect(rows[0]!.rows).toBe(reply.json<Bundle>().entry.length);
  });

  test.each(['pageSize=1000', 'pageSize=40', 'page_size=50&page=1'])(
    'come whole from the Admin list with %s',
    async (query) => {
      const seen: number[] = [];
      const firsts: string[] = [];
      for (let next: string | null = `/api/v1/observations?${query}`; next; ) {
        const reply = await exchange.request('GET', next, { token: rivera });
        expect(reply.statusCode).toBe(200);
        const page = reply.json<{
          count: number;
          next: string | null;
          previous: string | null;
          results: { id: number }[];
        }>();
        expect(page.count).toBe(READINGS);
        seen.push(...page.results.map(({ id }) => id));
        firsts.push(page.previous ?? '');
        next = page.next;
      }
      expect(seen).toEqual(newestFirst());
      expect(firsts[0]).toBe('');
      expect(firsts.slice(1)).not.toContain('');
    },
  );

  test('are each read by themselves', async () => {
    const reply = await exchange.request('GET', `/FHIR/R5/Observation/${ids[40]}`, { token: rivera });
    expect([reply.statusCode, reply.body.length > 6 * KIB * KIB]).toEqual([200, true]);
  });
});
