/**
 * Worlds for search: three organizations with one study each, of 1,000, 10,000 and 100,000 people, in one database, so that
 * they differ in the people in sight and in nothing else. Written by the owner in a few statements, as set-up.
 */
import { bloodGlucose } from '@jhe/omh';
import type { Subject } from './subject.ts';
import { CODE, SOURCE } from './world.ts';

/** One organization's people. */
export type People = Readonly<{
  count: number;
  /** The manager, who sees all of them. */
  user: number;
  study: number;
  /** A study of twenty of them: few among many. */
  small: number;
  /** Somebody with some thousands of readings. */
  patient: number;
}>;

export const SIZES = [1_000, 10_000, 100_000] as const;
/** Who administers and sees no readings: reads the trail. */
export const ADMINISTRATOR = 2;
export const FROM = '2026-01-01T00:00:00Z';
const DAYS = 90;
const SMALL = 20;

/** `rows` readings, dealt out to the three in turn, one after the other in time. */
export async function fillPeople({ owner }: Subject, rows: number): Promise<People[]> {
  await owner.query(`
    insert into app_user (id, email, user_type, email_verified, superuser)
      values (${ADMINISTRATOR}, 'administrator@example.com', 'practitioner', true, true);
    insert into code (id, system, code, text) values (${CODE}, '${bloodGlucose.system}', '${bloodGlucose.code}', 'Blood glucose')
      on conflict do nothing;
    insert into data_source (id, name) values (${SOURCE}, 'Sensor') on conflict do nothing`);
  const worlds = SIZES.map((count, i): People => {
    const id = 11 + i;
    return { count, user: id, study: id, small: id + 10, patient: first(i) };
  });
  for (const [i, { count, user, study, small }] of worlds.entries()) {
    await owner.query(`
      insert into app_user (id, email, user_type, email_verified) values (${user}, 'manager${user}@example.com', 'practitioner', true);
      insert into practitioner (id, user_id, name_family, name_given) values (${user}, ${user}, 'Rivera', 'Ana');
      insert into organization (id, name, type, part_of, had_manager) values (${study}, 'People of ${count}', 'team', 0, true);
      insert into membership (practitioner_id, organization_id, role) values (${user}, ${study}, 'manager');
      insert into study (id, organization_id, name, description)
        values (${study}, ${study}, 'All', 'All'), (${small}, ${study}, 'Few', 'Few');
      insert into requested_code (study_id, code_id) values (${study}, ${CODE}), (${small}, ${CODE});
      insert into patient (id, keeper_organization_id, name_family, name_given, birth_date)
        select ${first(i)} + n, ${study}, 'Family' || n, 'Given' || n % 100, date '1950-01-01' + (n % 20000)::int
        from generate_series(0, ${count - 1}) n;
      insert into patient_organization select ${first(i)} + n, ${study} from generate_series(0, ${count - 1}) n;
      insert into patient_identifier (patient_id, organization_id, system, value)
        select ${first(i)} + n, ${study}, 'mrn', n::text from generate_series(0, ${count - 1}) n;
      insert into enrollment (patient_id, study_id, organization_id)
        select ${first(i)} + n, ${study}, ${study} from generate_series(0, ${count - 1}) n
        union all select ${first(i)} + n, ${small}, ${study} from generate_series(1, ${SMALL}) n;
      insert into consent (patient_id, study_id, code_id, permitted, opens, basis, decided_at)
        select patient_id, study_id, ${CODE}, true, true, 'signed form', now() from enrollment where organization_id = ${study}`);
  }
  // Every sixtieth reading of a world is of its first patient.
  const at = `timestamptz '${FROM}' + n * interval '${DAYS} days' / ${rows}`;
  const of = (i: number) =>
    `when n % 3 = ${i} then ${first(i)} + case when (n / 3) % 60 = 0 then 0 else (n / 3) % ${SIZES[i]} end`;
  await owner.query(`
    insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, status, effective_start, value, unit,
      data_point, keeper_organization_id, last_updated)
    select d.patient_id, 1000000000 + d.n, ${CODE}, ${SOURCE}, d.uuid, 'final', d.at, d.value, 'mg/dL',
      format('{"header":{"uuid":"%s","schema_id":{"namespace":"omh","name":"blood-glucose","version":"4.0"},'
        || '"source_creation_date_time":"%s","modality":"sensed"},"body":{"blood_glucose":{"value":%s,"unit":"mg/dL"},'
        || '"effective_time_frame":{"date_time":"%s"},"specimen_source":"interstitial fluid"}}',
        d.uuid, to_char(d.at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), d.value, to_char(d.at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::json,
      11 + d.n % 3, d.at
    from (
      select n, case ${[0, 1, 2].map(of).join(' ')} end as patient_id, ${at} as at, 80 + n % 100 as value,
        gen_random_uuid() as uuid
      from generate_series(0, ${rows - 1}) n) d`);
  await owner.query(`
    insert into series (patient_id, code_id, observations, first_effective, last_effective, last_arrival)
      select patient_id, code_id, count(*), min(effective_start), max(effective_start), max(last_updated)
      from observation where id >= 1000000000 group by 1, 2;
    insert into audit_event (patient_id, at, request_id, user_id, client_id, interaction, resource, outcome, rows)
      select patient_id, effective_start, 'r' || id, 11, 'jhe-portal', 'search', case when id % 2 = 0 then 'Observation' else 'Patient' end,
        'ok', 1
      from observation where id >= 1000000000;
    select setval('observation_id', ${1_000_000_000 + rows})`);
  await owner.query('vacuum analyze');
  return worlds;
}

const first = (i: number) => (i + 1) * 10_000_000;
