/**
 * A named world for tests: two organizations, overlapping studies, one declined and one withdrawn consent.
 *
 *   0 ROOT
 *     20001 Lakeside Health (prov)                manager Mo, member Rivera, viewer Vic; patients Ada, Ben
 *       20003 Lakeside Diabetes Clinic (dept)     manager Mo
 *     20002 Harbor University (edu)               manager Hana; patients Ada, Cleo
 *
 *   30001 Glucose at Lakeside (20001)   requests blood glucose, heart rate, sleep; Ada, Ben; app 101, source 70001
 *   30002 Hearts at Lakeside (20001)    requests heart rate; nobody enrolled
 *   30003 Sleep at Harbor (20002)       requests heart rate, sleep; Ada, Cleo; app 102, source 70002
 *
 * Ada and Cleo keep their own records; Ben's and Dora's are in the keeping of Lakeside Health, so that Ben's login has no
 * address and Dora has none at all.
 *
 * Ada answered in 30001: blood glucose yes, heart rate no (declined), sleep pending; in 30003: heart rate yes,
 * sleep yes and then no (withdrawn). Nobody else answered anything.
 */
import type { Pool } from '../../apps/exchange/src/database/pool.ts';

export const users = {
  ada: 10001,
  rivera: 10002,
  mo: 10003,
  vic: 10004,
  hana: 10005,
  ben: 10006,
  cleo: 10007,
  root: 10008,
  /** A practitioner of no organization. */
  nina: 10009,
} as const;

export const practitioners = {
  rivera: 80001,
  mo: 80002,
  vic: 80003,
  hana: 80004,
  nina: 80005,
  root: 80006,
} as const;
/** Dora has no login. */
export const patients = { ada: 40001, ben: 40002, cleo: 40003, dora: 40004 } as const;
export const organizations = { root: 0, lakeside: 20001, harbor: 20002, clinic: 20003 } as const;
export const studies = { glucose: 30001, hearts: 30002, sleep: 30003 } as const;
export const codes = { glucose: 50001, heartRate: 50002, sleep: 50003, weight: 50004 } as const;
export const dataSources = { meter: 70001, band: 70002 } as const;
export const clients = { portal: 100, glucoseApp: 101, sleepApp: 102 } as const;

export const OMH = 'https://w3id.org/openmhealth';
export const codeNames = {
  glucose: 'omh:blood-glucose:4.0',
  heartRate: 'omh:heart-rate:2.0',
  sleep: 'omh:sleep-episode:1.1',
  weight: 'omh:body-weight:2.0',
} as const;

/** Fills an empty exchange, as its owner. Rows added later by the exchange itself get ids far from these. */
export async function fillTwoOrganizations(owner: Pool): Promise<void> {
  await owner.query(`
    insert into app_user (id, email, first_name, last_name, user_type, email_verified, superuser) values
      (10001, 'ada@example.org', 'Ada', 'Byron', 'patient', true, false),
      (10002, 'rivera@example.org', 'Luz', 'Rivera', 'practitioner', true, false),
      (10003, 'mo@example.org', 'Mo', 'Adler', 'practitioner', true, false),
      (10004, 'vic@example.org', 'Vic', 'Wenz', 'practitioner', true, false),
      (10005, 'hana@example.org', 'Hana', 'Sato', 'practitioner', true, false),
      (10006, null, 'Ben', 'Ode', 'patient', false, false),
      (10007, 'cleo@example.org', 'Cleo', 'Marsh', 'patient', true, false),
      (10008, 'root@example.org', 'Rut', 'Olsen', 'practitioner', true, true),
      (10009, 'nina@example.org', 'Nina', 'Free', 'practitioner', true, false);
    insert into practitioner (id, user_id, name_family, name_given) values
      (80001, 10002, 'Rivera', 'Luz'), (80002, 10003, 'Adler', 'Mo'), (80003, 10004, 'Wenz', 'Vic'),
      (80004, 10005, 'Sato', 'Hana'), (80005, 10009, 'Free', 'Nina'), (80006, 10008, 'Olsen', 'Rut');
    insert into organization (id, name, type, part_of, had_manager) values
      (20001, 'Lakeside Health', 'prov', 0, true), (20002, 'Harbor University', 'edu', 0, true),
      (20003, 'Lakeside Diabetes Clinic', 'dept', 20001, true);
    insert into patient (id, user_id, name_family, name_given, birth_date, telecom_phone, keeper_organization_id,
      contact_email) values
      (40001, 10001, 'Byron', 'Ada', '1980-12-10', '555-0100', null, null),
      (40002, 10006, 'Ode', 'Ben', '1991-02-03', null, 20001, 'ben@example.org'),
      (40003, 10007, 'Marsh', 'Cleo', '1975-06-21', null, null, null),
      (40004, null, 'Nolog', 'Dora', null, null, 20001, null);
    insert into patient_identifier (patient_id, organization_id, system, value)
      values (40001, 20001, 'urn:example:mrn', 'A-17');
    insert into membership (practitioner_id, organization_id, role) values
      (80001, 20001, 'member'), (80002, 20001, 'manager'), (80003, 20001, 'viewer'), (80004, 20002, 'manager'),
      (80002, 20003, 'manager');
    insert into patient_organization (patient_id, organization_id) values
      (40001, 20001), (40001, 20002), (40002, 20001), (40003, 20002), (40004, 20001);
    insert into code (id, system, code, text) values
      (50001, '${OMH}', '${codeNames.glucose}', 'Blood glucose'),
      (50002, '${OMH}', '${codeNames.heartRate}', 'Heart rate'),
      (50003, '${OMH}', '${codeNames.sleep}', 'Sleep episode'),
      (50004, '${OMH}', '${codeNames.weight}', 'Body weight');
    insert into data_source (id, name, type) values
      (70001, 'Glucose meter', 'personal_device'), (70002, 'Wrist band', 'personal_device');
    insert into data_source_code (data_source_id, code_id) values (70001, 50001), (70002, 50002), (70002, 50003);
    insert into client (id, client_id, name, invitation_url, redirect_uris, default_scopes) values
      (100, 'world-portal', 'Portal', null, '{http://localhost:8000/auth/callback}', 'openid user/*.cruds'),
      (101, 'glucose-app', 'Glucose app', 'https://glucose.example.org/i/CODE', '{}', 'openid patient/*.cruds'),
      (102, 'sleep-app', 'Sleep app', 'https://sleep.example.org/?invitation=CODE', '{}', 'openid patient/*.cruds');
    insert into client_data_source (client_id, data_source_id) values (101, 70001);
    insert into study (id, organization_id, name, description) values
      (30001, 20001, 'Glucose at Lakeside', 'How glucose follows the day.'),
      (30002, 20001, 'Hearts at Lakeside', 'Hearts at rest.'),
      (30003, 20002, 'Sleep at Harbor', 'How we sleep.');
    insert into requested_code (study_id, code_id) values
      (30001, 50001), (30001, 50002), (30001, 50003), (30002, 50002), (30003, 50002), (30003, 50003);
    insert into study_data_source (study_id, data_source_id) values (30001, 70001), (30003, 70002);
    insert into study_client (study_id, client_id) values (30001, 101), (30003, 102);
    insert into study_version (study_id, version, name, description, purpose)
      select id, version, name, description, purpose from study;
    insert into enrollment (patient_id, study_id, organization_id) values
      (40001, 30001, 20001), (40002, 30001, 20001), (40001, 30003, 20002), (40003, 30003, 20002);
    insert into consent (patient_id, study_id, code_id, permitted, opens, own, decided_at, recorded_by) values
      (40001, 30001, 50001, true, true, true, '2026-01-05T10:00:00Z', 10001),
      (40001, 30001, 50002, false, false, true, '2026-01-05T10:00:00Z', 10001),
      (40001, 30003, 50002, true, true, true, '2026-01-06T10:00:00Z', 10001),
      (40001, 30003, 50003, false, false, true, '2026-02-01T10:00:00Z', 10001);
    insert into declined_measure (patient_id, organization_id, measure) values
      (40001, 20001, 'heart-rate'), (40001, 20002, 'sleep-episode');
    insert into consent_event (patient_id, study_id, code_id, decision, at, actor_user_id, actor_role, own) values
      (40001, 30001, 50001, 'permit', '2026-01-05T10:00:00Z', 10001, 'patient', true),
      (40001, 30001, 50002, 'decline', '2026-01-05T10:00:00Z', 10001, 'patient', true),
      (40001, 30003, 50002, 'permit', '2026-01-06T10:00:00Z', 10001, 'patient', true),
      (40001, 30003, 50003, 'permit', '2026-01-06T10:00:00Z', 10001, 'patient', true),
      (40001, 30003, 50003, 'withdraw', '2026-02-01T10:00:00Z', 10001, 'patient', true)`);
  for (const table of [
    'app_user',
    'practitioner',
    'patient',
    'organization',
    'code',
    'data_source',
    'client',
    'study',
  ]) {
    await owner.query(`select setval('${table}_id_seq', 1000000)`);
  }
}
