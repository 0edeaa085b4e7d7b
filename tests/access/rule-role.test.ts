/** What the rule itself may change, it may change in one direction: it closes, it notes, and never the other way. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../setup/database.ts';
import { fillTwoOrganizations } from '../worlds/two-organizations.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await fillTwoOrganizations(database.owner);
  await database.owner.query(`insert into series (patient_id, code_id, mixed) values (40001, 50001, true)`);
});
afterAll(() => database?.close());

/** What the rule's role is told when it tries; undone afterwards. */
async function attempt(statement: string): Promise<string> {
  const connection = await database.owner.connect();
  try {
    await connection.query('begin; set local role jhe_rule');
    const { rowCount } = await connection.query(statement);
    return `${rowCount}`;
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await connection.query('rollback');
    connection.release();
  }
}

const REFUSED = '42501';
test.each([
  ['update series set mixed = true where patient_id = 40001', '1'],
  ['update series set mixed = false where patient_id = 40001', REFUSED],
  ['update series set observations = 0', REFUSED],
  ['update consent set opens = false where patient_id = 40001 and opens', '2'],
  ['update consent set opens = true where patient_id = 40001 and permitted', REFUSED],
  ['update consent set permitted = true', REFUSED],
  ['delete from consent', REFUSED],
  ['update organization set had_manager = true where id = 20001', '1'],
  ['update organization set had_manager = false where id = 20001', REFUSED],
  ["update organization set name = 'x'", REFUSED],
  [
    "insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role) values (40001, 30001, 50001, 'close', 1, 'patient')",
    '1',
  ],
  [
    "insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role) values (40001, 30001, 50001, 'permit', 1, 'patient')",
    REFUSED,
  ],
  ["insert into proposal (patient_id, organization_id, state) values (40001, 20001, 'open')", '1'],
  ["insert into proposal (patient_id, organization_id, state) values (40001, 20001, 'accepted')", REFUSED],
  ["insert into record_event (patient_id, kind) values (40001, 'manager-appointed')", '1'],
  ["insert into record_event (patient_id, kind) values (40001, 'proved')", REFUSED],
  ['update patient set keeper_organization_id = null', REFUSED],
  ['delete from declined_measure', REFUSED],
])('%s: %s', async (statement, expected) => {
  expect(await attempt(statement)).toBe(expected);
});
