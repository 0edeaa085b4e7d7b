/** The functions that look beyond one's organizations answer ids only, and only those who manage somewhere. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../../tests/setup/database.ts';
import { fillTwoOrganizations, users } from '../../../../tests/worlds/two-organizations.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await fillTwoOrganizations(database.owner);
  // Ben also works somewhere; Cleo administers.
  await database.owner.query('insert into practitioner (id, user_id) values (80099, 10006)');
  await database.owner.query('update app_user set superuser = true where id = 10007');
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

const { ada, rivera, mo, vic, hana, nina, root } = users;
const BY_EMAIL =
  "user_id, superuser, practitioner_id, patient_id from find_person_by_email('CLEO@example.org')";
const CLEO = [[10007, true, null, 40003]];
const cases: [string, number, unknown][] = [
  [BY_EMAIL, rivera, CLEO],
  [BY_EMAIL, root, CLEO],
  [BY_EMAIL, vic, []],
  [BY_EMAIL, nina, []],
  [BY_EMAIL, ada, []],
  ['* from find_person_by_email($$nobody@example.org$$)', root, []],
  ['find_practitioner_of_user(10009)', mo, 80005],
  ['find_practitioner_of_user(10001)', mo, null],
  ['find_practitioner_of_user(10009)', rivera, null],
  ['find_practitioner_of_user(10009)', vic, null],
  ['find_practitioner_of_user(10009)', ada, null],
  ['patient_login_has_powers(40001)', rivera, false],
  ['patient_login_has_powers(40002)', rivera, true],
  ['patient_login_has_powers(40002)', hana, null],
  ['patient_login_has_powers(40002)', vic, null],
  ['patient_login_has_powers(40003)', hana, true],
  ['patient_login_has_powers(40004)', rivera, null],
  ['patient_belongs_elsewhere(40001, 20001)', rivera, true],
  ['patient_belongs_elsewhere(40002, 20001)', rivera, false],
  ['patient_belongs_elsewhere(40001, 20001)', vic, false],
  ['patient_belongs_elsewhere(40003, 20001)', rivera, false],
];

it.each(cases)('%s asked by %i', async (text, userId, expected) => {
  expect(await ask(userId, text)).toEqual(expected);
});

it('are for nobody without a role', async () => {
  await expect(database.server.query("select find_person_by_email('ada@example.org')")).rejects.toThrow(
    /permission denied/,
  );
});
