/** The rules of the house about the database, asked of its own catalogue. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../setup/database.ts';

/** Owned by patients: a distributed PostgreSQL places their rows by patient_id. */
const DISTRIBUTED = [
  'audit_event',
  'consent',
  'consent_event',
  'declined_measure',
  'enrollment',
  'observation',
  'observation_identifier',
  'patient_organization',
  'record_event',
  'series',
  'shown_study',
];
/** Small, with keys that are unique in the whole system, so copied to every node: patient_id need not be in them. */
const COPIED = ['invitation', 'link_session', 'patient_identifier', 'patient_number', 'proposal'];

/** Columns that nobody but the authorization server may read. */
const SECRETS = [
  ['app_user', 'password_hash'],
  ['invitation', 'token_hash'],
  ['client', 'client_secret'],
  ['signing_key', 'key'],
  ['oauth_model', 'payload'],
  ['authenticator', 'secret'],
  ['recovery_code', 'code_hash'],
  ['account_link', 'token_hash'],
  ['sign_in_code', 'code_hash'],
  ['passkey', 'credential_id'],
  ['external_identity', 'subject'],
  ['identity_provider', 'settings'],
  ['sign_in_attempt', 'key'],
  ['mail', 'body'],
  ['server_login', 'password'],
] as const;

/** Functions that run as the system role: each does one thing that no signed-in person may do otherwise. */
const RUN_AS_SYSTEM = ['invitation_rules', 'mail_invitation', 'end_access_with_client'];

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database?.close());

const ask = async (text: string, values: unknown[] = []): Promise<string[]> =>
  (await database.owner.query<{ name: string }>(text, values)).rows.map((row) => row.name);

describe('schema', () => {
  test('A13 every table of patients has patient_id in its primary key and in every unique index', async () => {
    const owned = await ask(`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'patient_id'
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`);
    expect(owned).toEqual([...DISTRIBUTED, ...COPIED].sort());
    const indexes = `
      from pg_index i join pg_class c on c.oid = i.indrelid where c.relname = any($1)`;
    const keyed = await ask(`select c.relname as name ${indexes} and i.indisprimary order by 1`, [
      DISTRIBUTED,
    ]);
    expect(keyed).toEqual(DISTRIBUTED);
    const without = await ask(
      `select i.indexrelid::regclass::text as name ${indexes} and i.indisunique and not exists (
         select from pg_attribute a where a.attrelid = c.oid and a.attname = 'patient_id' and a.attnum = any(i.indkey))`,
      [DISTRIBUTED],
    );
    expect(without).toEqual([]);
  });

  test('A14 every id is a number that JavaScript holds exactly: no sequence goes beyond 2^53 - 1', async () => {
    expect((await ask('select sequencename as name from pg_sequences')).length).toBeGreaterThan(15);
    const unbounded = await ask(
      `select sequencename as name from pg_sequences where schemaname = 'public' and (max_value > 9007199254740991 or cycle) order by 1`,
    );
    expect(unbounded).toEqual([]);
  });

  test('A15 row level security is enabled and forced on every table but those of the owner alone', async () => {
    const unprotected = await ask(`
      select relname as name from pg_class
      where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not (relrowsecurity and relforcerowsecurity)`);
    expect(unprotected).toEqual(['migration', 'rule', 'server_login']);
  });

  test('A16 the login of the server owns nothing, and before it takes a role it reads nothing', async () => {
    const owned = await ask(`
      select relname as name from pg_class where relowner = 'jhe_server'::regrole
      union all select proname from pg_proc where proowner = 'jhe_server'::regrole
      union all select nspname from pg_namespace where nspowner = 'jhe_server'::regrole`);
    expect(owned).toEqual([]);
    const [flags] = (
      await database.owner.query(`select rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication
      from pg_roles where rolname = 'jhe_server'`)
    ).rows;
    expect(Object.values(flags ?? { none: true })).toEqual([false, false, false, false, false, false]);
    const bypassing = await ask(
      `select rolname as name from pg_roles where rolname ~ '^jhe_' and (rolbypassrls or rolsuper)`,
    );
    expect(bypassing).toEqual([]);

    const relations = await ask(
      `select relname as name from pg_class where relkind in ('r', 'v', 'm') and relnamespace = 'public'::regnamespace`,
    );
    expect(relations.length).toBeGreaterThan(35);
    const readable: string[] = [];
    for (const relation of relations) {
      await database.server.query(`select from ${relation} limit 1`).then(
        () => readable.push(relation),
        (error) => expect(error.code).toBe('42501'),
      );
    }
    expect(readable).toEqual([]);
  });

  test('A17 secrets have no reader but the system role', async () => {
    for (const [table, column] of SECRETS) {
      for (const role of ['jhe_reader', 'jhe_writer', 'jhe_rule', 'jhe_server', 'public']) {
        const [{ granted } = { granted: true }] = (
          await database.owner.query<{ granted: boolean }>(
            role === 'public'
              ? `select exists (select from information_schema.column_privileges
                   where grantee = 'PUBLIC' and table_name = $1 and column_name = $2) as granted`
              : `select has_column_privilege('${role}', $1::text, $2::text, 'select') as granted`,
            [table, column],
          )
        ).rows;
        expect([role, table, column, granted]).toEqual([role, table, column, false]);
      }
    }
  });

  test("A18 functions that see more than their caller fix their search path and are no stranger's to call", async () => {
    const definers = await ask(`
      select proname as name from pg_proc where prosecdef and pronamespace = 'public'::regnamespace`);
    expect(definers.length).toBeGreaterThan(3);
    const careless = await ask(
      `
      select proname as name from pg_proc p where prosecdef and pronamespace = 'public'::regnamespace
        and (proconfig is null or not proconfig::text like '%search_path%'
          or proowner <> 'jhe_rule'::regrole and not (proowner = 'jhe_system'::regrole and proname = any($1))
          or has_function_privilege('jhe_reader', p.oid, 'execute') and proowner = 'jhe_system'::regrole
          or has_function_privilege('public', p.oid, 'execute'))`,
      [RUN_AS_SYSTEM],
    );
    expect(careless).toEqual([]);
  });
});
