/**
 * The world of two organizations with an unmistakable text in every place that holds something about a patient. Each
 * marker knows what it is about, so that the access rule in words can say who may see it.
 *
 * Ada shares blood glucose and heart rate with Lakeside (rivera, mo, vic, uma), and nothing with Harbor, which asks
 * for heart rate and sleep. Cleo shares sleep with Harbor (hana). Ben's record is in the keeping of Lakeside, where blood
 * glucose was attested in one study and heart rate in another; a link that Lakeside gave out reaches the app of the first
 * one only. A study of Lakeside's clinic was proposed to Ada, and waits.
 */
import type { Pool } from '../../apps/exchange/src/database/pool.ts';
import * as may from '../../apps/exchange/src/domain/may.ts';
import type { Principal } from '../../apps/exchange/src/domain/principal.ts';
import {
  codes,
  fillTwoOrganizations,
  organizations,
  patients,
  practitioners,
  studies,
  users,
} from '../worlds/two-organizations.ts';

export type MarkerKind =
  /** What a login says of its person too: names and the address. */
  | 'identity'
  /** What only the record says: phone, birth date. */
  | 'detail'
  | 'identifier'
  /** The number that an organization goes on using for a record. */
  | 'number'
  | 'reading'
  | 'consent'
  | 'invitation'
  | 'trace'
  /** What happened to a record. */
  | 'event'
  | 'proposal'
  | 'study'
  | 'secret';

export type Marker = Readonly<{
  text: string;
  kind: MarkerKind;
  patientId: number;
  /** Of the user who is the patient; people see themselves without any scope on patients. */
  userId: number;
  codeId?: number;
  studyId?: number;
  /** Whose identifier or number it is. */
  organizationId?: number;
}>;

/** Shown on the person's own pages, where no token reaches, or to nobody. */
export const SHOWN_TO_NO_TOKEN: readonly MarkerKind[] = ['secret', 'event', 'proposal', 'number'];

/** The session of a link that Lakeside gave out for Ben's record, and one for Ada's, which she keeps herself by now. */
export const LINKS = {
  ben: { grantId: 'link-ben', clientId: 'glucose-app' },
  ada: { grantId: 'Mark-ada-link', clientId: 'glucose-app' },
} as const;
/** A study of Lakeside's clinic that was proposed to Ada. */
export const PROPOSED_STUDY = 30_004;
/** Superusers' appointments that wait, at Lakeside and at Harbor. */
export const APPOINTMENTS = { lakeside: 9101, harbor: 9102 } as const;

/** A practitioner of Lakeside whose address is not verified. */
export const UMA = { userId: 10010, practitionerId: 80007 };

/** Whether the rule lets this person see this marker. Secrets are nobody's. */
export function maySee(world: may.World, principal: Principal, marker: Marker): boolean {
  const { patientId, codeId = 0, studyId = 0, userId, organizationId = null } = marker;
  switch (marker.kind) {
    case 'identity':
      return (
        may.mayReadPatient(world, principal, { patientId }) ||
        (may.mayReadUser(world, principal, { userId }) && principal.userId === userId)
      );
    case 'detail':
      return may.mayReadPatient(world, principal, { patientId });
    case 'identifier':
    case 'number':
      return may.mayReadIdentifier(world, principal, { patientId, organizationId });
    case 'reading':
      return may.mayReadSeries(world, principal, { patientId, codeId });
    case 'consent':
      return may.mayReadConsent(world, principal, { patientId, studyId });
    case 'invitation':
      return may.mayReadInvitation(world, principal, { patientId });
    case 'trace':
      return may.mayReadAuditEvent(world, principal, { patientId });
    case 'event':
      return may.mayReadRecordEvent(world, principal, { patientId });
    case 'proposal':
      return may.mayAccept(world, principal, { patientId });
    case 'study':
      return may.mayReadStudy(world, principal, { studyId });
    case 'secret':
      return false;
  }
}

const VICTIMS = [
  {
    name: 'ada',
    patientId: patients.ada,
    userId: users.ada,
    keeper: null,
    organizationId: organizations.lakeside,
    studies: [studies.glucose, studies.sleep],
  },
  {
    name: 'ben',
    patientId: patients.ben,
    userId: users.ben,
    keeper: organizations.lakeside,
    organizationId: organizations.lakeside,
    studies: [studies.glucose, studies.hearts],
  },
  {
    name: 'cleo',
    patientId: patients.cleo,
    userId: users.cleo,
    keeper: null,
    organizationId: organizations.harbor,
    studies: [studies.sleep],
  },
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
  await owner.query('delete from consent; delete from consent_event; delete from declined_measure');
  await run(`insert into study (id, organization_id, name, description) values ($1, $2, 'P', 'P')`, [
    PROPOSED_STUDY,
    organizations.clinic,
  ]);
  await run('insert into enrollment (patient_id, study_id, organization_id) values ($1, $2, $3)', [
    patients.ben,
    studies.hearts,
    organizations.lakeside,
  ]);

  for (const { name, patientId, userId, keeper, organizationId, studies: enrolled } of VICTIMS) {
    const mark = (
      kind: MarkerKind,
      text: string,
      about: { codeId?: number; studyId?: number; organizationId?: number } = {},
    ) => {
      markers.push({ text, kind, patientId, userId, ...about });
      return text;
    };
    const who = (what: string) => mark('identity', `Mark-${name}-${what}`);
    const address = mark('identity', `mark-${name}@patients.example`);
    await run(
      'update app_user set email = $2, first_name = $3, last_name = $4, password_hash = $5 where id = $1',
      [
        userId,
        keeper === null ? address : null,
        who('given'),
        who('family'),
        mark('secret', `Mark-${name}-password`),
      ],
    );
    await run(
      `update patient set name_family = $2, name_given = $3, telecom_phone = $4, birth_date = $5, contact_email = $6
       where id = $1`,
      [
        patientId,
        `Mark-${name}-family`,
        `Mark-${name}-given`,
        mark('detail', `Mark-${name}-phone`),
        mark('detail', `1913-04-${(patientId % 100) + 10}`),
        // What an organization typed is shown to nobody any more once the person keeps the record.
        keeper === null ? mark('secret', `mark-${name}-typed@patients.example`) : address,
      ],
    );
    const identify = (organizationId: number, what: string) =>
      run(
        'insert into patient_identifier (patient_id, organization_id, system, value) values ($1, $2, $3, $4)',
        [
          patientId,
          organizationId,
          mark('identifier', `Mark-${name}-${what}-system`, { organizationId }),
          mark('identifier', `Mark-${name}-${what}-value`, { organizationId }),
        ],
      );
    await identify(organizationId, 'identifier');
    if (name === 'ada') await identify(organizations.harbor, 'other');
    await run('insert into patient_number (number, organization_id, patient_id) values ($1, $2, $3)', [
      Number(mark('number', String(7_810_000_000 + patientId), { organizationId })),
      organizationId,
      patientId,
    ]);
    await run(
      `insert into record_event (patient_id, id, kind, organization_id, actor_user_id, client_id, detail)
       values ($1, $2, 'corrected', $3, $4, $5, $6)`,
      [
        patientId,
        Number(mark('event', String(7_820_000_000 + patientId))),
        organizationId,
        users.mo,
        mark('event', `Mark-${name}-event-program`),
        JSON.stringify({ fields: [mark('event', `Mark-${name}-event-field`)] }),
      ],
    );
    if (keeper === null) {
      await run(
        `insert into proposal (id, patient_id, organization_id, study_id, proposed_by)
         values ($1, $2, $3, $4, $5)`,
        [
          Number(mark('proposal', String(7_830_000_000 + patientId))),
          patientId,
          name === 'ada' ? organizations.clinic : organizations.lakeside,
          name === 'ada' ? PROPOSED_STUDY : null,
          users.mo,
        ],
      );
      await run(
        'insert into declined_measure (patient_id, organization_id, measure, session) values ($1, $2, $3, $4)',
        [patientId, organizations.harbor, 'heart-rate', mark('secret', `Mark-${name}-session`)],
      );
    }
    for (const codeId of CODES) {
      const reading = (what: string) => mark('reading', `Mark-${name}-${codeId}-${what}`, { codeId });
      for (let nth = 0; nth < READINGS; nth++) {
        const id = observationId(patientId, codeId, nth);
        const day = `1987-${String(codeId % 10).padStart(2, '0')}-${10 + (patientId % 10) * 5 + nth}`;
        mark('reading', String(id), { codeId });
        await run(
          `insert into observation (patient_id, id, code_id, data_source_id, data_point_uuid, data_point, value, unit,
             effective_start, last_updated, keeper_organization_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)`,
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
            keeper,
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
        `insert into series (patient_id, code_id, observations, first_effective, last_effective, last_arrival, mixed)
         select patient_id, code_id, count(*), min(effective_start), max(effective_start), max(last_updated),
           bool_or(keeper_organization_id is null)
         from observation where patient_id = $1 and code_id = $2 group by 1, 2`,
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
      `insert into invitation (id, patient_id, organization_id, client_id, token_hash, status)
       values ($1, $2, $3, $4, $5, 'issued')`,
      [
        Number(mark('invitation', String(invitationId(patientId)))),
        patientId,
        organizationId,
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
    [studies.hearts, 'hearts'],
    [studies.sleep, 'harbor'],
    [PROPOSED_STUDY, 'proposed'],
  ] as const) {
    const text = `Mark-study-${name}`;
    markers.push({ text, kind: 'study', patientId: 0, userId: 0, studyId });
    await run('update study set name = $2 where id = $1', [studyId, text]);
  }
  const ground = (studyId: number) => {
    const text = `Mark-ben-${studyId}-ground`;
    markers.push({ text, kind: 'consent', patientId: patients.ben, userId: users.ben, studyId });
    return text;
  };
  const secret = (text: string) => {
    markers.push({ text, kind: 'secret', patientId: 0, userId: 0 });
    return text;
  };
  await owner.query(`
    update client set client_secret = '${secret('Mark-client-secret')}';
    update practitioner set settings = '{"current_organization_id": 20001}';
    insert into app_user (id, email, user_type, email_verified) values (${UMA.userId}, 'uma@example.org', 'practitioner', false);
    insert into practitioner (id, user_id) values (${UMA.practitionerId}, ${UMA.userId});
    insert into membership (practitioner_id, organization_id, role)
      values (${UMA.practitionerId}, ${organizations.lakeside}, 'manager');
    insert into appointment (id, organization_id, practitioner_id, role, proposed_by) values
      (${APPOINTMENTS.lakeside}, ${organizations.lakeside}, ${practitioners.nina}, 'member', ${users.root}),
      (${APPOINTMENTS.harbor}, ${organizations.harbor}, ${practitioners.nina}, 'member', ${users.root});
    insert into link_session (grant_id, user_id, patient_id, organization_id, client_id) values
      ('${LINKS.ben.grantId}', ${users.ben}, ${patients.ben}, ${organizations.lakeside}, '${LINKS.ben.clientId}'),
      ('${secret(LINKS.ada.grantId)}', ${users.ada}, ${patients.ada}, ${organizations.lakeside}, '${LINKS.ada.clientId}');
    insert into consent (patient_id, study_id, code_id, permitted, opens, own, decided_at) values
      (${patients.ada}, ${studies.glucose}, ${codes.glucose}, true, true, true, now()),
      (${patients.ada}, ${studies.glucose}, ${codes.heartRate}, true, true, true, now()),
      (${patients.cleo}, ${studies.sleep}, ${codes.sleep}, true, true, true, now());
    insert into consent (patient_id, study_id, code_id, permitted, opens, recorded_by, basis, decided_at) values
      (${patients.ben}, ${studies.glucose}, ${codes.glucose}, true, true, ${users.mo}, '${ground(studies.glucose)}', now()),
      (${patients.ben}, ${studies.hearts}, ${codes.heartRate}, true, true, ${users.mo}, '${ground(studies.hearts)}', now())`);
  return markers;
}
