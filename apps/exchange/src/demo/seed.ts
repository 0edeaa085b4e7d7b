/**
 * The demo world: made once in an empty database, the same on every machine, through the deeds that users do wherever
 * there is one. Running it again adds nothing; a run that was cut off is finished by the next.
 */
import {
  bloodGlucose,
  bloodPressure,
  bodyTemperature,
  heartRate,
  type Measure,
  makeDataPoint,
  oxygenSaturation,
} from '@jhe/omh';
import { recordUuid } from '@jhe/simulator';
import type { Gate } from '../access/gate.ts';
import { hashPassword } from '../access/password.ts';
import type { System } from '../access/system.ts';
import { ACCOUNT_CLIENT_ID } from '../domain/own-pages.ts';
import type { Grant, Principal, Session } from '../domain/principal.ts';
import { answerConsents } from '../operations/answer-consents.ts';
import { decideProposal } from '../operations/decide-proposal.ts';
import { enrollPatients } from '../operations/enroll-patients.ts';
import { type ObservationDraft, recordObservations } from '../operations/record-observations.ts';
import * as proposals from '../store/proposals.ts';
import { ADA_TIME_ZONE, adasDataPoints, type SourcedDataPoint } from './ada.ts';
import { ANSWERS, STUDIES } from './catalogue.ts';
import { PATIENTS, PRACTITIONERS } from './people.ts';
import { beginSeed, finishSeed, hasDemoWorld } from './seed-directory.ts';

export const DEMO_PASSWORD = 'Jhe1234!';

/** What `npm start` prints. */
export const DEMO_LOGINS = [
  { email: 'rivera@example.com', role: 'Dr Rivera, whose patient Ada shares her readings' },
  { email: 'manager_mary@example.com', role: 'manager of three organizations' },
  { email: 'member_megan@example.com', role: 'member of one of them' },
  { email: 'viewer_victor@example.com', role: 'viewer of it' },
  { email: 'three_org_tom@example.com', role: 'another role in each of three organizations' },
  { email: 'manager_mark@example.com', role: 'manager of a hospital department' },
  { email: 'ada@example.com', role: 'Ada, a patient' },
  { email: 'admin@example.com', role: "administers, and reads nobody's data" },
] as const;

const CHUNK = 1000;
const PURPOSE = { requestId: 'demo-seed', interaction: 'create' } as const;
const USER: readonly Grant[] = [{ context: 'user', type: '*', letters: 'cruds' }];
const PATIENT: readonly Grant[] = [{ context: 'patient', type: '*', letters: 'cruds' }];

type SeedOptions = Readonly<{ siteUrl: string; today: Date; say(line: string): void }>;

export async function seedDemo(
  { gate, system }: { gate: Gate; system: System },
  options: SeedOptions,
): Promise<void> {
  const begun = await beginSeed(system, {
    siteUrl: options.siteUrl,
    lastDay: lastWholeDay(options.today),
    passwordHash: await hashPassword(DEMO_PASSWORD),
  });
  if (begun.state === 'occupied')
    options.say('The database has people in it already, so the demo world is not added.');
  if (begun.state !== 'begun') return;
  options.say('Making the demo world (once) ...');
  for (const study of STUDIES) await enrollAll(gate, study.id, study.organization);
  for (const { patientId, studyId, codes } of ANSWERS) {
    const answers = Object.entries(codes).map(([codeId, permitted]) => ({
      studyId,
      codeId: Number(codeId),
      permitted,
    }));
    if (answers.length === 0) continue;
    const patient = await actAsPatient(gate, patientId);
    await gate.write(patient, { ...PURPOSE, resource: 'Consent' }, (sight) =>
      answerConsents(sight, { patientId, answers }),
    );
  }
  for (const [patientId, points] of [
    ...examples(begun.lastDay),
    [40006, adasDataPoints(begun.lastDay)] as const,
  ]) {
    await record(gate, patientId, points);
  }
  await finishSeed(system);
}

/** Refuses, with a sentence, to serve a demo world: whoever reads the project's pages can sign in to all of it. */
export async function refuseDemoWorld(system: System): Promise<void> {
  if (!(await hasDemoWorld(system))) return;
  throw new Error(
    'the database holds the demo world, whose passwords are public, and other computers may reach this server: ' +
      'use another database or data directory, or set JHE_SEED=demo to serve it all the same.',
  );
}

async function enrollAll(gate: Gate, studyId: number, organizationId: number): Promise<void> {
  const manager = PRACTITIONERS.find(({ memberships }) =>
    memberships.some(([id, role]) => id === organizationId && role === 'manager'),
  )!;
  const patientIds = ANSWERS.filter((answer) => answer.studyId === studyId).map((answer) => answer.patientId);
  const principal = await identify(gate, manager.userId, 'jhe-portal', USER);
  await gate.write(principal, { ...PURPOSE, resource: 'Group' }, (sight) =>
    enrollPatients(sight, studyId, patientIds),
  );
  // The people of the demo world keep their own records: what was proposed is theirs to accept.
  for (const patientId of patientIds) {
    const patient = await actAsPatient(gate, patientId);
    await gate.write(patient, { ...PURPOSE, resource: 'Consent' }, async (sight) => {
      for (const { id } of await proposals.own(sight, 'open')) await decideProposal(sight, id, 'accept');
    });
  }
}

async function record(gate: Gate, patientId: number, points: readonly SourcedDataPoint[]): Promise<void> {
  const patient = await actAsPatient(gate, patientId, 'commonhealth');
  for (let from = 0; from < points.length; from += CHUNK) {
    const drafts = points.slice(from, from + CHUNK).map(
      ({ measure, dataSourceId, dataPoint }): ObservationDraft => ({
        patientId,
        dataSourceId: dataSourceId === 0 ? null : dataSourceId,
        code: { system: measure.system, code: measure.code },
        status: 'final',
        identifiers: [],
        dataPoint,
        dataPointText: JSON.stringify(dataPoint),
      }),
    );
    const results = await gate.write(patient, { ...PURPOSE, resource: 'Observation' }, (sight) =>
      recordObservations(sight, drafts),
    );
    const refused = results.find((result) => result.outcome === 'refused');
    if (refused?.outcome === 'refused') throw refused.refusal;
  }
}

/** One reading for each permitted measure of the older demo patients, an hour before midnight of the last day. */
function examples(lastDay: string): [patientId: number, SourcedDataPoint[]][] {
  const at = `${lastDay}T23:00:00Z`;
  const frame = { effective_time_frame: { date_time: at } };
  const bodies = {
    bloodPressure: {
      systolic_blood_pressure: { value: 115, unit: 'mmHg' },
      diastolic_blood_pressure: { value: 60, unit: 'mmHg' },
      ...frame,
    },
    heartRate: { heart_rate: { value: 67.5, unit: 'beats/min' }, ...frame },
    bodyTemperature: {
      body_temperature: { value: 97, unit: 'F' },
      measurement_location: 'forehead',
      ...frame,
    },
    oxygenSaturation: { oxygen_saturation: { value: 95, unit: '%' }, ...frame },
    bloodGlucose: { blood_glucose: { value: 129, unit: 'mg/dL' }, ...frame },
  } as const;
  const point = <B>(
    patientId: number,
    measure: Measure<B>,
    dataSourceId: number,
    body: B,
  ): SourcedDataPoint => ({
    measure,
    dataSourceId,
    dataPoint: makeDataPoint({
      measure,
      uuid: recordUuid(`patient-${patientId}`, measure.code, Date.parse(at)),
      createdAt: at,
      body,
    }),
  });
  return [
    [
      40001,
      [
        point(40001, bloodPressure, 70001, bodies.bloodPressure),
        point(40001, heartRate, 70001, bodies.heartRate),
      ],
    ],
    [
      40002,
      [
        point(40002, bloodPressure, 70001, bodies.bloodPressure),
        point(40002, heartRate, 70001, bodies.heartRate),
      ],
    ],
    [40003, [point(40003, bodyTemperature, 70003, bodies.bodyTemperature)]],
    [40004, [point(40004, oxygenSaturation, 0, bodies.oxygenSaturation)]],
    [
      40005,
      [
        point(40005, bloodGlucose, 70002, bodies.bloodGlucose),
        point(40005, oxygenSaturation, 0, bodies.oxygenSaturation),
      ],
    ],
  ];
}

/** On their own page, or in an app. */
function actAsPatient(gate: Gate, patientId: number, clientId = ACCOUNT_CLIENT_ID): Promise<Principal> {
  const { userId } = PATIENTS.find((patient) => patient.patientId === patientId)!;
  return identify(gate, userId, clientId, PATIENT, { kind: 'person', grantId: 'demo' });
}

async function identify(
  gate: Gate,
  userId: number,
  clientId: string,
  grants: readonly Grant[],
  session?: Session,
): Promise<Principal> {
  const principal = await gate.identify(userId, clientId, grants, undefined, session);
  if (!principal) throw new Error(`the demo user ${userId} is not there`);
  return principal;
}

/** The last whole day where Ada lives; a reading never lies in the future. */
function lastWholeDay(now: Date): string {
  const yesterday = new Date(now.getTime() - 86_400_000);
  return new Intl.DateTimeFormat('sv-SE', { timeZone: ADA_TIME_ZONE }).format(yesterday);
}
