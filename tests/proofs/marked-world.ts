/**
 * The world of two organizations with an unmistakable text in every place that holds something about a patient. Each
 * marker knows what it is about, so that the access rule in words can say who may see it.
 *
 * Ada shares blood glucose and heart rate with Lakeside (rivera, mo, vic, uma), and nothing with Harbor, which asks
 * for heart rate and sleep. Cleo shares sleep with Harbor (hana). Ben is enrolled at Lakeside and answered nothing.
 */
import type { Pool } from '../../apps/exchange/src/database/pool.ts';
import * as may from '../../apps/exchange/src/domain/may.ts';
import type { Principal } from '../../apps/exchange/src/domain/principal.ts';
import {
  codes,
  fillTwoOrganizations,
  organizations,
  patients,
  studies,
  users,
} from '../worlds/two-organizations.ts';

export type MarkerKind = 'identity' | 'reading' | 'consent' | 'invitation' | 'trace' | 'study' | 'secret';

export type Marker = Readonly<{
  text: string;
  kind: MarkerKind;
  patientId: number;
  /** Of the user who is the patient; people see themselves without any scope on patients. */
  userId: number;
  codeId?: number;
  studyId?: number;
}>;

/** A practitioner of Lakeside whose address is not verified. */
export const UMA = { userId: 10010, practitionerId: 80007 };

/** Whether the rule lets this person see this marker. Secrets are nobody's. */
export function maySee(world: may.World, principal: Principal, marker: Marker): boolean {
  const { patientId, codeId = 0, studyId = 0, userId } = marker;
  switch (marker.kind) {
    case 'identity':
      return (
        may.mayReadPatient(world, principal, { patientId }) ||
        (may.mayReadUser(world, principal, { userId }) && principal.userId === userId)
      );
    case 'reading':
      return may.mayReadSeries(world, principal, { patientId, codeId });
    case 'consent':
      return may.mayReadConsent(world, principal, { patientId, studyId });
    case 'invitation':
      return may.mayReadInvitation(world, principal, { patientId });
    case 'trace':
      return may.mayReadAuditEvent(world, principal, { patientId });
    case 'study':
      return may.mayReadStudy(world, principal, { studyId });
    case 'secret':
      return false;
  }
}

const VICTIMS = [
  { name: 'ada', patientId: patients.ada, userId: users.ada, studies: [studies.glucose, studies.sleep] },
  { name: 'ben', patientId: patients.ben, userId: users.ben, studies: [studies.glucose] },
  { name: 'cleo', patientId: patients.cleo, userId: users.cleo, studies: [studies.sleep] },
] as const;
const CODES = [codes.glucose, codes.heartRate, codes.sleep] as const;

/** Ids that no other row has, so that they are markers too. */
export const observationId = (patientId: number, codeId: number, nth = 0) =>
  7_000_000_000 + (patientId % 100) * 1_000_000 + (codeId % 100) * 1000 + nth;
export const invitationId = (patientId: number) => 7_700_000_000 + patientId;
export const recordUuid = (patientId: number, codeId: number, nth = 0) =>
  `cafe0000-0000-4000-8000-${String(observationId(patientId, codeId, nth)).padStart(12, '0')}`;

/** How many readings each series of the world has. */
export const READINGS = 3;

/** Fills an empty exchange, as its owner; returns every marker in it. */
export async function fillMarkedWorld(owner: Pool): Promise<Marker[]> {
  await fillTwoOrganizations(owner);
  const markers: Marker[] = [];
  const run = (text: string, values: unknown[]) => owner.query(text, values);
  await owner.query('delete from consent; delete from consent_event');

  for (const { name, patientId, userId, studies: enrolled } of VICTIMS) {
    const mark = (kind: MarkerKind, text: string, about: { codeId?: number; studyId?: number } = {}) => {
      markers.push({ text, kind, patientId, userId, ...about });
      return text;
    };
    const who = (what: string) => mark('identity', `Mark-${name}-${what}`);
    await run(
      'update app_user set email = $2, first_name = $3, last_name = $4, password_hash = $5 where id = $1',
      [
        userId,
        mark('identity', `mark-${name}@patients.example`),
        `Mark-${name}-given`,
        `Mark-${name}-family`,
        mark('secret', `Mark-${name}-password`),
      ],
    );
    await run(
      'update patient set name_family = $2, name_given = $3, telecom_phone = $4, birth_date = $5 where id = $1',
      [
        patientId,
        who('family'),
        who('given'),
        who('phone'),
        mark('identity', `1913-04-${(patientId % 100) + 10}`),
      ],
    );
    await run('insert into patient_identifier (patient_id, system, value) values ($1, $2, $3)', [
      patientId,
      who('identifier-system'),
      who('identifier-value'),
    ]);
    for (const codeId of CODES) {
      const reading = (what: string) => mark('reading', `Mark-${name}-${codeId}-${what}`, { codeId });
      for (let nth = 0; nth < READINGS; nth++) {
        const id = observationId(patientId, codeId, nth);
        const day = `1987-${String(codeId % 10).padStart(2, '0')}-${10 + (patientId % 10) * 5 + nth}`;
        mark('reading', String(id), { codeId });
        await run(
          `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, data_point, value, unit,
             effective_start, last_updated) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
          [
            patientId,
            id,
            codeId,
            70_001,
            mark('reading', recordUuid(patientId, codeId, nth), { codeId }),
            JSON.stringify({
              header: { uuid: recordUuid(patientId, codeId, nth) },
              notes: reading(`point-${nth}`),
            }),
            Number(mark('reading', `9${patientId % 10}${codeId % 10}${nth}.4375`, { codeId })),
            nth === 0 ? reading('unit') : `Mark-${name}-${codeId}-unit`,
            mark('reading', day, { codeId }),
          ],
        );
        await run('insert into observation_identifier values ($1, $2, $3, $4, $5)', [
          patientId,
          id,
          codeId,
          reading(`system-${nth}`),
          reading(`value-${nth}`),
        ]);
      }
      await run(
        `insert into series select patient_id, code_id, count(*), min(effective_start), max(effective_start),
           max(last_updated) from observation where patient_id = $1 and code_id = $2 group by 1, 2`,
        [patientId, codeId],
      );
    }
    for (const studyId of enrolled) {
      await run(
        `insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role, basis)
         values ($1, $2, 50002, 'clear', $3, 'patient', $4)`,
        [patientId, studyId, userId, mark('consent', `Mark-${name}-${studyId}-basis`, { studyId })],
      );
    }
    await run(
      `insert into invitation (id, patient_id, client_id, token_hash, status) values ($1, $2, $3, $4, 'issued')`,
      [
        Number(mark('invitation', String(invitationId(patientId)))),
        patientId,
        name === 'cleo' ? 102 : 101,
        mark('secret', `Mark-${name}-token-hash`.padEnd(43, 'x')),
      ],
    );
    await run(
      `insert into audit_event (patient_id, request_id, user_id, client_id, interaction, resource, outcome, reason)
       values ($1, $2, $3, $4, 'read', 'Patient', 'ok', $5)`,
      [
        patientId,
        mark('trace', `Mark-${name}-request`),
        userId,
        mark('trace', `Mark-${name}-program`),
        mark('trace', `Mark-${name}-reason`),
      ],
    );
  }
  for (const [studyId, name] of [
    [studies.glucose, 'lakeside'],
    [studies.sleep, 'harbor'],
  ] as const) {
    const text = `Mark-study-${name}`;
    markers.push({ text, kind: 'study', patientId: 0, userId: 0, studyId });
    await run('update study set name = $2 where id = $1', [studyId, text]);
  }
  markers.push({ text: 'Mark-client-secret', kind: 'secret', patientId: 0, userId: 0 });
  await owner.query(`
    update client set client_secret = 'Mark-client-secret';
    update practitioner set settings = '{"current_organization_id": 20001}';
    insert into app_user (id, email, user_type, email_verified) values (${UMA.userId}, 'uma@example.org', 'practitioner', false);
    insert into practitioner (id, user_id) values (${UMA.practitionerId}, ${UMA.userId});
    insert into membership (practitioner_id, organization_id, role)
      values (${UMA.practitionerId}, ${organizations.lakeside}, 'manager');
    insert into consent (patient_id, study_id, code_id, permitted, decided_at) values
      (${patients.ada}, ${studies.glucose}, ${codes.glucose}, true, now()),
      (${patients.ada}, ${studies.glucose}, ${codes.heartRate}, true, now()),
      (${patients.cleo}, ${studies.sleep}, ${codes.sleep}, true, now())`);
  return markers;
}
