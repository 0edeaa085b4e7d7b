import pg from 'pg';
import { expect, inject, it } from 'vitest';

it('hands every test file a superuser connection to a PostgreSQL of at least version 15', async () => {
  const client = new pg.Client({ connectionString: inject('testCluster').adminUrl });
  await client.connect();
  const result = await client.query<{ version: number; super: boolean }>(
    "select current_setting('server_version_num')::int as version, rolsuper as super from pg_roles where rolname = current_user",
  );
  await client.end();
  expect(result.rows[0]?.super).toBe(true);
  expect(result.rows[0]?.version).toBeGreaterThanOrEqual(150_000);
});
