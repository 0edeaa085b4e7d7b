import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../../tests/setup/database.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database?.close());

const definition = async (view: string): Promise<string> => {
  const { rows } = await database.owner.query<{ definition: string }>(
    'select pg_get_viewdef($1::regclass) as definition',
    [view],
  );
  return rows[0]!.definition;
};

describe('the access rule has one living text', () => {
  const CHANGES: [what: string, change: string, look: () => Promise<unknown>][] = [
    [
      'a view with a clause that nobody misses',
      `create or replace view visible_patient as select po.patient_id
       from acting_membership m, patient_organization po where po.organization_id = m.organization_id and po.patient_id > 0`,
      () => definition('visible_patient'),
    ],
    [
      'a view that shows more',
      'create or replace view visible_patient as select id as patient_id from patient',
      () => definition('visible_patient'),
    ],
    [
      'a policy more',
      'create policy more on observation for select to jhe_reader using (true)',
      countPolicies,
    ],
    ['a policy less', 'drop policy consented on observation', countPolicies],
    ['a grant more', 'grant select on oauth_model to jhe_reader', () => isGranted('oauth_model')],
    ['a grant of a column', 'grant select (password_hash) on app_user to jhe_reader', isHashGranted],
    ['row security off', 'alter table observation no force row level security', isForced],
  ];
  test.each(CHANGES)('%s is taken back by the next migrate', async (_, change, look) => {
    const before = await look();
    await database.owner.query(change);
    expect(await look()).not.toEqual(before);
    await migrate(database.owner);
    expect(await look()).toEqual(before);
  });

  test('is not stated again where nothing has changed', async () => {
    const stated = async () => (await database.owner.query('select hash, applied_at from rule')).rows;
    const before = await stated();
    expect(before).toHaveLength(1);
    expect(await migrate(database.owner)).toEqual([]);
    expect(await stated()).toEqual(before);
  });
});

test('refuses a migration that was edited after it was applied', async () => {
  const hash = (await database.owner.query("select hash from migration where name like '0002%'")).rows[0]
    .hash;
  await database.owner.query("update migration set hash = 'other' where name like '0002%'");
  await expect(migrate(database.owner)).rejects.toThrow(/migration 0002.* was edited/);
  await database.owner.query("update migration set hash = $1 where name like '0002%'", [hash]);
});

async function countPolicies() {
  const { rows } = await database.owner.query("select count(*) from pg_policies where schemaname = 'public'");
  return rows[0].count;
}

async function isGranted(table: string) {
  return (
    await database.owner.query("select has_table_privilege('jhe_reader', $1, 'select') as granted", [table])
  ).rows[0].granted;
}

async function isHashGranted() {
  const { rows } = await database.owner.query(
    "select has_column_privilege('jhe_reader', 'app_user', 'password_hash', 'select') as granted",
  );
  return rows[0].granted;
}

async function isForced() {
  return (
    await database.owner.query(
      "select relforcerowsecurity as forced from pg_class where relname = 'observation'",
    )
  ).rows[0].forced;
}
