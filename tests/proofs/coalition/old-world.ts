/**
 * A database as version 0.1 left it, with what that version let happen: links that were taken for proof, yeses by others
 * without a word of hers, memberships that nobody accepted. Everything is about blood glucose.
 *
 *   Lakeside 20001 (Mo) with study 30001, Harbor 20002 (Hana) with study 30002
 *   40001 proved her address herself, belongs to both, said yes to both
 *   40002 came by a link of Lakeside's and is said to have said yes to both
 *   40003 has no login; Mo said yes for her at Lakeside
 *   40004 came by a link, said yes at Lakeside, and only then used a link to her mailbox
 *   40005 proved her address; Mo said yes for her at Lakeside
 *   40006 proved her address; her yes at Lakeside outlived her enrolment
 *   40007 came by a link, and later typed a code that was mailed to her; what the link opened was never ended
 *   40008 proved her address first, and opened a link of Lakeside's afterwards
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import { openPool, type Pool } from '../../../apps/exchange/src/database/pool.ts';
import { codeNames, OMH } from '../../worlds/two-organizations.ts';

const MIGRATIONS = new URL('../../../apps/exchange/src/database/migrations/', import.meta.url);
/** The last migration of version 0.1. */
const LAST = '0016';

export const GLUCOSE = 50_001;
export const MO = 10_101;
export const HANA = 10_102;

export type OldWorld = Readonly<{ ownerUrl: string; owner: Pool; close(): Promise<void> }>;

export async function openOldWorld(): Promise<OldWorld> {
  const adminUrl = inject('testCluster').adminUrl.replace('@/', '@localhost/');
  const name = `jhe_test_${randomUUID().replaceAll('-', '')}`;
  const admin = openPool(adminUrl, 1);
  await admin.query(`create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const owner = openPool(url.toString(), 2);
  await owner.query(
    'create table migration (name text primary key, applied_at timestamptz not null default now())',
  );
  for (const file of (await readdir(MIGRATIONS)).filter((its) => its < `${LAST}_z`).sort()) {
    await owner.query(await readFile(new URL(file, MIGRATIONS), 'utf8'));
    await owner.query('insert into migration (name) values ($1)', [file]);
  }
  await owner.query(PEOPLE);
  return {
    ownerUrl: url.toString(),
    owner,
    async close() {
      await owner.end();
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}

const PEOPLE = `
  insert into app_user (id, email, password_hash, email_verified, user_type) values
    (${MO}, 'mo@example.org', 'x', true, 'practitioner'), (${HANA}, 'hana@example.org', 'x', true, 'practitioner'),
    (10001, 'one@example.org', 'x', true, 'patient'), (10002, 'two@example.org', null, true, 'patient'),
    (10004, 'four@example.org', 'x', true, 'patient'), (10005, 'five@example.org', 'x', true, 'patient'),
    (10006, 'six@example.org', 'x', true, 'patient'), (10007, 'seven@example.org', null, true, 'patient'),
    (10008, 'eight@example.org', 'x', true, 'patient');
  insert into practitioner (id, user_id) values (80001, ${MO}), (80002, ${HANA});
  insert into patient (id, user_id, name_family) values
    (40001, 10001, 'One'), (40002, 10002, 'Two'), (40003, null, 'Three'), (40004, 10004, 'Four'), (40005, 10005, 'Five'),
    (40006, 10006, 'Six'), (40007, 10007, 'Seven'), (40008, 10008, 'Eight');
  insert into organization (id, name, type, part_of) values
    (20001, 'Lakeside', 'prov', 0), (20002, 'Harbor', 'edu', 0);
  insert into membership (practitioner_id, organization_id, role) values
    (80001, 20001, 'manager'), (80002, 20002, 'manager');
  insert into patient_organization (patient_id, organization_id) values
    (40001, 20001), (40001, 20002), (40002, 20001), (40002, 20002), (40003, 20001), (40004, 20001), (40005, 20001),
    (40006, 20001), (40007, 20001), (40008, 20001);
  insert into code (id, system, code, text) values (${GLUCOSE}, '${OMH}', '${codeNames.glucose}', 'Blood glucose');
  insert into data_source (id, name, type) values (70001, 'Meter', 'personal_device');
  insert into client (id, client_id, name, invitation_url, redirect_uris, default_scopes) values
    (101, 'app', 'App', 'https://app.example.org/CODE', '{}', 'openid patient/*.cruds');
  insert into study (id, organization_id, name, description) values
    (30001, 20001, 'At Lakeside', '-'), (30002, 20002, 'At Harbor', '-');
  insert into requested_code (study_id, code_id) values (30001, ${GLUCOSE}), (30002, ${GLUCOSE});
  insert into study_client (study_id, client_id) values (30001, 101), (30002, 101);
  insert into enrollment (patient_id, study_id, enrolled_at) values
    (40001, 30001, '2026-01-01'), (40001, 30002, '2026-01-02'), (40002, 30001, '2026-01-01'),
    (40002, 30002, '2026-01-02'), (40003, 30001, '2026-01-01'), (40004, 30001, '2026-01-01'),
    (40005, 30001, '2026-01-01'), (40007, 30001, '2026-01-01'), (40008, 30001, '2026-01-01');
  insert into consent (patient_id, study_id, code_id, permitted, decided_at)
  select patient_id, study_id, ${GLUCOSE}, true, timestamptz '2026-02-01' from enrollment
  union all select 40006, 30001, ${GLUCOSE}, true, timestamptz '2026-02-01';
  insert into consent_event (patient_id, study_id, code_id, decision, at, actor_user_id, actor_role)
  select patient_id, study_id, code_id, 'permit',
    case when patient_id = 40004 then timestamptz '2026-01-16' else '2026-02-01' end,
    case when patient_id in (40003, 40005) then ${MO} else 10000 + patient_id - 40000 end,
    case when patient_id in (40003, 40005) then 'manager' else 'patient' end
  from consent;
  insert into invitation (patient_id, client_id, token_hash, status, redeemed_at) values
    (40002, 101, repeat('a', 43), 'redeemed', '2026-01-15'), (40004, 101, repeat('b', 43), 'redeemed', '2026-01-15'),
    (40002, 101, repeat('c', 43), 'issued', null), (40007, 101, repeat('e', 43), 'redeemed', '2026-01-15'),
    (40008, 101, repeat('f', 43), 'redeemed', '2026-01-15');
  insert into account_link (token_hash, user_id, purpose, email, expires_at, used_at) values
    (repeat('d', 43), 10004, 'reset-password', 'four@example.org', '2026-01-22', '2026-01-20'),
    (repeat('g', 43), 10008, 'verify-email', 'eight@example.org', '2026-01-12', '2026-01-10');
  insert into sign_in_code (visit_uid, user_id, email, code_hash, sent_at, expires_at, used_at) values
    ('visit', 10007, 'seven@example.org', repeat('h', 43), '2026-01-20', '2026-01-21', '2026-01-20');
  insert into oauth_model (model, id, payload, expires_at) values
    ('Grant', 'redeemed-grant', '{"accountId": "10002", "clientId": "app"}', now() + interval '90 days'),
    ('Grant', 'grant-before-the-code', '{"accountId": "10007", "clientId": "app"}', now() + interval '90 days');
  insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, data_point, value, unit, effective_start)
  select id, id + 20000, ${GLUCOSE}, 70001, gen_random_uuid(), '{}', 99, 'mg/dL', '2026-01-01' from patient;
  insert into series select patient_id, code_id, count(*), min(effective_start), max(effective_start), now()
  from observation group by 1, 2`;
