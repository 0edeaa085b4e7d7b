/** The functions that look beyond one's organizations answer ids only, and only those who manage somewhere. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../../tests/setup/database.ts';
import { fillTwoOrganizations, users } from '../../../../tests/worlds/two-organizations.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await fillTwoOrganizations(database.owner);
});
afterAll(() => database.close());

/** What a statement answers inside the walls, as the gate would run it for this user. */
async function ask(userId: number, text: string): Promise<unknown> {
  const connection = await database.server.connect();
  try {
    await connection.query(`begin; set local role jhe_reader; set local jhe.user_id = '${userId}'`);
    const { rows } = await connection.query({ text: `select ${text}`, rowMode: 'array' });
    return rows.length === 1 && rows[0]?.length === 1 ? rows[0][0] : rows;
  } finally {
    await connection.query('rollback');
    connection.release();
  }
}

const { ada, rivera, mo, vic, hana, root } = users;
const NINA = [[10009, 80005]];
const byEmail = (address: string) => `* from find_practitioner_by_email('${address}')`;
const cases: [string, number, unknown][] = [
  [byEmail('NINA@example.org'), mo, NINA],
  [byEmail('nina@example.org'), root, NINA],
  [byEmail('nina@example.org'), hana, NINA],
  [byEmail('nina@example.org'), rivera, []],
  [byEmail('nina@example.org'), vic, []],
  [byEmail('nina@example.org'), ada, []],
  // A patient is nobody here, whether or not there is one.
  [byEmail('cleo@example.org'), mo, []],
  [byEmail('nobody@example.org'), mo, []],
  ['find_practitioner_of_user(10009)', mo, 80005],
  ['find_practitioner_of_user(10001)', mo, null],
  ['find_practitioner_of_user(10009)', rivera, null],
  ['find_practitioner_of_user(10009)', vic, null],
  ['find_practitioner_of_user(10009)', ada, null],
];

it.each(cases)('%s asked by %i', async (text, userId, expected) => {
  expect(await ask(userId, text)).toEqual(expected);
});

it('are for nobody without a role', async () => {
  await expect(database.server.query("select find_practitioner_by_email('ada@example.org')")).rejects.toThrow(
    /permission denied/,
  );
});
