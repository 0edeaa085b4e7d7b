/** A database of version 0.1 with people in it, brought to this version: what was no proof is none, nobody gains a yes. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../../tests/setup/database.ts';
import { migrate } from './migrate.ts';
import { openPool, type Pool } from './pool.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
const OMH = 'https://w3id.org/openmhealth';
const name = `jhe_test_${randomUUID().replaceAll('-', '')}`;
const adminUrl = inject('testCluster').adminUrl.replace('@/', '@localhost/');
let old: Pool;
let fresh: TestDatabase;

/**
 * Organizations 1 and 2. Ada proved her address and signs in with a password; Ben was made by 1, redeemed a link, and
 * belongs to 2 as well; Cleo never came. Study 11 is of 1, 12 of 2; both ask for codes 1 and 2.
 */
const WORLD = `
  insert into app_user (id, email, user_type, email_verified, password_hash) values
    (1, 'ada@example.org', 'patient', true, 'x'), (2, 'ben@example.org', 'patient', true, null),
    (3, 'cleo@example.org', 'patient', false, null), (9, 'mo@example.org', 'practitioner', true, 'x');
  insert into practitioner (id, user_id) values (9, 9);
  insert into organization (id, name, type, part_of) values (1, 'One', 'prov', 0), (2, 'Two', 'prov', 0);
  insert into membership (practitioner_id, organization_id, role) values (9, 1, 'manager');
  insert into patient (id, user_id) values (1, 1), (2, 2), (3, 3);
  insert into patient_organization values (1, 1), (1, 2), (2, 1), (2, 2), (3, 1);
  insert into patient_identifier (patient_id, system, value) values (2, 'mrn', 'B');
  insert into code (id, system, code, text) values (1, '${OMH}', 'omh:heart-rate:2.0', 'h'), (2, '${OMH}', 'omh:step-count:3.0', 's'),
    (3, '${OMH}', 'omh:blood-pressure:4.0', 'b');
  insert into client (id, client_id, name) values (1, 'app', 'App');
  insert into study (id, organization_id, name, description) values (11, 1, 'A', 'a'), (12, 2, 'B', 'b');
  insert into requested_code (study_id, code_id) values (11, 1), (11, 2), (12, 1), (12, 2);
  insert into enrollment (patient_id, study_id) values (1, 11), (1, 12), (2, 11), (2, 12), (3, 11);
  insert into invitation (patient_id, client_id, token_hash, status, redeemed_at)
    values (2, 1, repeat('a', 43), 'redeemed', now());
  insert into oauth_model (model, id, payload) values
    ('Grant', 'g-ben', '{"accountId": "2", "clientId": "app"}'), ('Grant', 'g-ada', '{"accountId": "1", "clientId": "app"}');
  insert into consent (patient_id, study_id, code_id, permitted, decided_at) values
    (1, 11, 1, true, now()), (1, 11, 2, true, now()), (1, 12, 1, false, now()),
    (2, 11, 1, true, now()), (2, 11, 2, true, now()), (2, 12, 1, true, now()),
    (3, 11, 1, true, now()), (3, 12, 2, true, now());
  insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role) values
    (1, 11, 1, 'permit', 1, 'patient'), (1, 11, 2, 'permit', 9, 'manager'), (1, 12, 1, 'withdraw', 1, 'patient'),
    (2, 11, 1, 'permit', 2, 'patient'), (2, 11, 2, 'permit', 9, 'manager'), (2, 12, 1, 'permit', 2, 'patient'),
    (3, 11, 1, 'permit', 9, 'manager'), (3, 12, 2, 'permit', 9, 'manager');
  insert into observation (patient_id, id, code_id, data_point_uuid, data_point) values
    (1, 1, 1, gen_random_uuid(), '{}'), (2, 2, 1, gen_random_uuid(), '{}');
  insert into observation (patient_id, id, code_id, data_point_uuid, effective_start, value, unit, data_point) values
    (1, 3, 3, gen_random_uuid(), '2026-03-01T16:00:00Z', 121, 'mmHg', '{"body": {"diastolic_blood_pressure":
      {"value": 79.5, "unit": "mmHg"}, "effective_time_frame": {"date_time": "2026-03-01T08:00:00-08:00"}}}'),
    (1, 4, 1, gen_random_uuid(), '2026-03-01T16:00:00Z', 60, 'beats/min',
      '{"body": {"effective_time_frame": {"time_interval": {"start_date_time": "2026-03-01T21:30:00+05:30"}}}}'),
    (1, 5, 1, gen_random_uuid(), '2026-03-01T16:00:00Z', 60, 'beats/min', '{"body": {"effective_time_frame":
      {"date_time": "2026-03-01T16:00:00Z"}}, "header": {"source_creation_date_time": "2026-03-01T16:00:00+01:00"}}'),
    (1, 6, 1, gen_random_uuid(), '2026-03-01T08:00:00Z', 60, 'beats/min', '{"body": {"effective_time_frame":
      {"full_date": "2026-03-01"}}, "header": {"source_creation_date_time": "2026-03-02T16:00:00-08:00"}}');
  insert into series (patient_id, code_id, observations) values (1, 1, 1), (2, 1, 1);
  insert into audit_event (request_id, user_id, interaction, resource, outcome, reason) values
    ('system', 1, 'update', 'Basic', 'refused', 'sign-in: password'),
    ('system', 1, 'update', 'Basic', 'ok', 'sign-in: pwd'),
    ('system', 1, 'update', 'Basic', 'refused', 'sign-in: pwd, access was ended meanwhile'),
    ('system', null, 'update', 'Basic', 'refused', 'sign-in: password'),
    ('system', 2, 'update', 'Basic', 'ok', 'sign-in: send code'),
    ('system', 2, 'update', 'Basic', 'ok', 'account: ask for a new password'),
    ('system', 2, 'update', 'Basic', 'ok', 'account: sign-up'),
    ('system', 1, 'update', 'Basic', 'ok', 'account: change password'),
    ('system', 9, 'update', 'Basic', 'ok', 'operator: deactivate'),
    ('0b8c', 9, 'read', 'Patient', 'refused', null)`;

beforeAll(async () => {
  fresh = await openTestDatabase();
  await fresh.owner.query(`create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  old = openPool(url.toString(), 2);
  await old.query(
    'create table migration (name text primary key, applied_at timestamptz not null default now())',
  );
  for (const file of (await readdir(MIGRATIONS)).sort().filter((file) => file < '0017')) {
    await old.query(await readFile(new URL(file, MIGRATIONS), 'utf8'));
    await old.query('insert into migration (name) values ($1)', [file]);
  }
  await old.query(WORLD);
  await migrate(old);
});
afterAll(async () => {
  await old?.end();
  await fresh?.owner.query(`drop database if exists ${name} with (force)`);
  await fresh?.close();
});

const rows = async (text: string) => (await old.query({ text, rowMode: 'array' })).rows;

describe('an upgrade from 0.1', () => {
  test('the trail says who acted: what was about an account moves beside it', async () => {
    expect(await rows('select reason, user_id, subject_user_id from audit_event order by id')).toEqual([
      ['sign-in: password', null, 1],
      ['sign-in: pwd', 1, null],
      ['sign-in: pwd, access was ended meanwhile', 1, null],
      ['sign-in: password', null, null],
      ['sign-in: send code', null, 2],
      ['account: ask for a new password', null, 2],
      ['account: sign-up', null, 2],
      ['account: change password', 1, null],
      ['operator: deactivate', null, 9],
      [null, 9, null],
    ]);
  });

  test('a record whose address nobody proved is kept by the organization that enrolled first', async () => {
    expect(await rows('select id, keeper_organization_id, contact_email from patient order by id')).toEqual([
      [1, null, null],
      [2, 1, 'ben@example.org'],
      [3, 1, 'cleo@example.org'],
    ]);
  });

  test('an address that was only redeemed or typed is no login address any more', async () => {
    expect(await rows('select id, email, email_verified from app_user where id < 9 order by id')).toEqual([
      [1, 'ada@example.org', true],
      [2, null, false],
      [3, null, false],
    ]);
  });

  test('memberships elsewhere become proposals, and what hung on them ends with an event', async () => {
    expect(await rows('select * from patient_organization order by 1, 2')).toEqual([
      [1, 1],
      [1, 2],
      [2, 1],
      [3, 1],
    ]);
    expect(await rows('select patient_id, organization_id, state from proposal')).toEqual([[2, 2, 'open']]);
    expect(
      await rows(
        "select patient_id, study_id, code_id from consent_event where decision = 'end' order by 1, 2, 3",
      ),
    ).toEqual([
      [2, 12, 1],
      [3, 12, 2],
    ]);
  });

  test('what was proposed and answered is named as it was called then', async () => {
    expect(await rows('select organization_name, study_name from proposal')).toEqual([['Two', null]]);
    expect(await rows('select distinct study_id, study_name from consent_event order by 1')).toEqual([
      [11, 'A'],
      [12, 'B'],
    ]);
  });

  test("answers: her own stand, a link session's are attested by it, those by others wait", async () => {
    expect(
      await rows(
        'select patient_id, study_id, code_id, permitted, own, opens, basis from consent order by 1, 2, 3',
      ),
    ).toEqual([
      [1, 11, 1, true, true, true, null],
      [1, 11, 2, true, false, false, null],
      [1, 12, 1, false, true, false, null],
      [2, 11, 1, true, false, true, 'invitation link'],
      [2, 11, 2, true, false, false, null],
      [3, 11, 1, true, false, false, null],
    ]);
    expect(await rows('select patient_id, organization_id, measure, session from declined_measure')).toEqual([
      [1, 2, 'heart-rate', ''],
    ]);
  });

  test("readings say who kept the record, and a redeemed session is a link's", async () => {
    expect(
      await rows('select patient_id, keeper_organization_id from observation where id < 3 order by 1'),
    ).toEqual([
      [1, null],
      [2, 1],
    ]);
    expect(await rows('select patient_id, mixed from series order by 1')).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(await rows('select grant_id, patient_id, organization_id, client_id from link_session')).toEqual([
      ['g-ben', 2, 1, 'app'],
    ]);
    expect(await rows('select id, had_manager from organization order by id')).toEqual([
      [0, false],
      [1, true],
      [2, false],
    ]);
  });

  test('readings keep the clock they were written with, and a blood pressure its second number', async () => {
    expect(
      await rows('select id, effective_offset, second_value from observation where id >= 3 order by id'),
    ).toEqual([
      [3, -480, 79.5],
      [4, 330, null],
      [5, null, null],
      [6, -480, null],
    ]);
  });

  test('leaves the same schema as a fresh database', async () => {
    const shape = `
      select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
      from information_schema.columns where table_schema = 'public'
      union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace
      union all select indexdef from pg_indexes where schemaname = 'public'
      union all select viewname || definition from pg_views where schemaname = 'public'
      union all select tablename || policyname || coalesce(qual, '') || coalesce(with_check, '') from pg_policies
      order by 1`;
    expect(await rows(shape)).toEqual((await fresh.owner.query({ text: shape, rowMode: 'array' })).rows);
  });
});
