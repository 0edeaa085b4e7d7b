/** Patients found by a few words, on the server: by what the list shows, among those in sight, a page at a time. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organizations, patients, studies, users } from '../../../../../tests/worlds/two-organizations.ts';
import { type AdminWorld, type Loose, openAdminWorld, type Who } from '../admin-world.test-data.ts';

let world: AdminWorld;
beforeAll(async () => {
  world = await openAdminWorld();
});
afterAll(() => world?.close());

const { ada, ben, cleo, dora } = patients;
const search = async (who: Who, query: string): Promise<Loose> => {
  const { status, body } = await world.call(who, 'GET', `/patients?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
};

test.each<[words: string, found: number[], who?: Who]>([
  ['byron', [ada]],
  ['BYR ada', [ada]],
  ['yro', [ada]],
  ['ada lovelace', []],
  // The number by which everybody knows the record, an identifier from its beginning, and the birth date.
  [String(ben), [ben]],
  ['a-1', [ada]],
  ['17', []],
  ['1991-02-03', [ben]],
  // Addresses from their beginning: that of the login, or what an organization typed.
  ['ada@', [ada]],
  ['BEN@example.org', [ben]],
  ['example.org', []],
  // Nothing of this is a pattern.
  ['%', []],
  ['_', []],
  ["o'", []],
  // Who is out of sight is not found, by nothing.
  ['cleo', []],
  [String(cleo), []],
  ['cleo', [cleo], 'hana'],
  // Harbor does not know what Lakeside calls her.
  ['a-17', [], 'hana'],
  ['ben', [ben], 'root'],
  ['   ', [ada, ben, dora]],
])('"%s" finds %j', async (words, found, who = 'rivera') => {
  const { count, results } = await search(who, `search=${encodeURIComponent(words)}`);
  expect([count, results.map(({ id }: Loose) => id)]).toEqual([found.length, found]);
});

test('within what the list is narrowed to, a page at a time', async () => {
  const both = `search=o&organizationId=${organizations.lakeside}`;
  expect((await search('rivera', both)).results.map(({ id }: Loose) => id)).toEqual([ada, ben, dora]);
  const page = await search('rivera', `${both}&pageSize=2&page=2`);
  expect([page.count, page.results.map(({ id }: Loose) => id), page.next]).toEqual([3, [dora], null]);
  expect(page.previous).toMatch(/search=o/);
  const enrolled = await search('rivera', `search=o&studyId=${studies.glucose}`);
  expect(enrolled.results.map(({ id }: Loose) => id)).toEqual([ada, ben]);
});

test('leaves lines in the trail of those who were shown, and of nobody else', async () => {
  await world.rows('delete from audit_event');
  await search('rivera', 'search=o&pageSize=1');
  const lines = await world.rows(
    "select patient_id::int as patient from audit_event where user_id = $1 and resource = 'Patient'",
    users.rivera,
  );
  expect(lines).toEqual([{ patient: ada }]);
});

test('a search of more words than anybody types is refused by its name', async () => {
  const { status, body } = await world.call('rivera', 'GET', `/patients?search=${'a+'.repeat(30)}`);
  expect([status, Object.keys(body)]).toEqual([400, ['search']]);
});
