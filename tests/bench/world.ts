/** A cohort: one study, a thousand patients, one consented series each. Written by the owner, as set-up. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { bloodGlucose, makeDataPoint } from '@jhe/omh';
import { from as copyFrom } from 'pg-copy-streams';
import type { Subject } from './subject.ts';

export const PATIENTS = 1000;
export const CODE = 1;
export const SOURCE = 1;
export const STUDY = 1;
/** A manager of the study's organization. */
export const MANAGER = 1;
const FIRST_PATIENT = 1001;

export type Cohort = Readonly<{ rows: number; patients: readonly number[] }>;

export async function fillCohort({ owner }: Subject, rows: number): Promise<Cohort> {
  await owner.query(`
    insert into app_user (id, email, user_type, email_verified) values (${MANAGER}, 'manager@example.com', 'practitioner', true);
    insert into practitioner (id, user_id) values (1, ${MANAGER});
    insert into organization (id, name, type, part_of, had_manager) values (1, 'Bench', 'team', 0, true);
    insert into membership (practitioner_id, organization_id, role) values (1, 1, 'manager');
    insert into code (id, system, code, text) values (${CODE}, '${bloodGlucose.system}', '${bloodGlucose.code}', 'Blood glucose');
    insert into data_source (id, name) values (${SOURCE}, 'Sensor');
    insert into data_source_code (data_source_id, code_id) values (${SOURCE}, ${CODE});
    insert into study (id, organization_id, name, description) values (${STUDY}, 1, 'Cohort', 'Cohort');
    insert into requested_code (study_id, code_id) values (${STUDY}, ${CODE});
    insert into patient (id, keeper_organization_id) select ${FIRST_PATIENT} + n, 1 from generate_series(0, ${PATIENTS - 1}) n;
    insert into patient_organization select id, 1 from patient;
    insert into enrollment (patient_id, study_id, organization_id) select id, ${STUDY}, 1 from patient;
    insert into consent (patient_id, study_id, code_id, permitted, opens, basis, decided_at)
      select id, ${STUDY}, ${CODE}, true, true, 'signed form', now() from patient;
  `);
  const patients = Array.from({ length: PATIENTS }, (_, n) => FIRST_PATIENT + n);
  await copyReadings(owner, readings(patients, rows, 1));
  await owner.query(`
    insert into series (patient_id, code_id, observations) select patient_id, code_id, count(*) from observation group by 1, 2;
    select setval('observation_id', ${rows + 1});
  `);
  await owner.query('vacuum analyze');
  return { rows, patients };
}

/** COPY into the table that uploads go into, indexes and all: the floor of every ingest. Returns seconds. */
export async function copyReadings(owner: Subject['owner'], lines: Iterable<string>): Promise<number> {
  const connection = await owner.connect();
  const started = performance.now();
  try {
    const copy = connection.query(
      copyFrom(`copy observation (patient_id, id, code_id, data_source_id, data_point_uuid, status, effective_start, value,
        unit, data_point, keeper_organization_id) from stdin`),
    );
    await pipeline(Readable.from(lines), copy);
  } finally {
    connection.release();
  }
  return (performance.now() - started) / 1000;
}

/** Rows of COPY text: readings every five minutes, dealt out to the patients in turn. */
export function* readings(patients: readonly number[], count: number, firstId: number): Generator<string> {
  for (let n = 0; n < count; n++) {
    const at = new Date(Date.UTC(2026, 0, 1) + Math.floor(n / patients.length) * 300_000).toISOString();
    const uuid = randomUUID();
    const text = JSON.stringify(glucosePoint(uuid, at, 80 + (n % 100)));
    yield `${patients[n % patients.length]}\t${firstId + n}\t${CODE}\t${SOURCE}\t${uuid}\tfinal\t${at}\t${80 + (n % 100)}\tmg/dL\t${text}\t1\n`;
  }
}

export function glucosePoint(uuid: string, at: string, value: number) {
  return makeDataPoint({
    measure: bloodGlucose,
    uuid,
    createdAt: at,
    modality: 'sensed',
    body: {
      blood_glucose: { value, unit: 'mg/dL' },
      effective_time_frame: { date_time: at },
      specimen_source: 'interstitial fluid',
    },
  });
}
