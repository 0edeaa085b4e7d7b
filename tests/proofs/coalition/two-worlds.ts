/**
 * Two worlds that differ in one fact about a person, and the same deeds in both. The differences are made with SQL, as
 * the owner, where no deed of anybody's could be overheard.
 */
import { openMails } from '../../setup/mail.ts';
import {
  ADA_IS,
  adasReading,
  answers,
  CODE_WORDS,
  clients,
  codes,
  IDENTIFIER_SYSTEM,
  MAILBOXES,
  type Name,
  organizations,
  patients,
  reading,
  studies,
  users,
  type World,
} from './cast.ts';
import { followMail } from './links.ts';
import { firstDifference, openTranscript, type Transcript } from './transcript.ts';
import { beginWalk, type Walk } from './walk.ts';

/** What somebody asks; a body is sent as JSON, a `URLSearchParams` as a form of our own pages. */
export type Request = readonly [who: Name | 'nobody', method: string, url: string, body?: unknown];
export type Script = (world: World) => readonly Request[];
/** Changes a world that is as a walk begins. */
export type Change = (world: World) => Promise<void>;

const api = '/api/v1';

/** Deletes rows as if they had never been: foreign keys are not asked, because nothing is left that names them. */
export const forget =
  (where: Readonly<Record<string, string>>): Change =>
  async ({ sql }) => {
    const statements = Object.entries(where).map(
      ([table, condition]) => `delete from "${table}" where ${condition};`,
    );
    await sql(`do $$ begin set local session_replication_role = replica; ${statements.join(' ')} end $$`);
  };

/** Every row about a record, in whatever table, of whatever schema. */
async function tablesWith({ sql }: World, column: string): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    `select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = $1 and not a.attisdropped`,
    column,
  );
  return rows.map(({ name }) => name);
}

/** Ada never was: neither a record nor a login, nor a trace of either. */
export const noAda: Change = async (world) => {
  const where: Record<string, string> = {};
  for (const table of await tablesWith(world, 'patient_id')) where[table] = `patient_id = ${patients.ada}`;
  for (const table of await tablesWith(world, 'user_id')) where[table] ??= `user_id = ${users.ada}`;
  await forget({ ...where, patient: `id = ${patients.ada}`, app_user: `id = ${users.ada}` })(world);
};

/** What Ada ever answered, and what she recorded, at one organization or everywhere. */
export const adaSaidNothing: Change = forget({
  consent: `patient_id = ${patients.ada}`,
  consent_event: `patient_id = ${patients.ada}`,
  observation: `patient_id = ${patients.ada}`,
  observation_identifier: `patient_id = ${patients.ada}`,
  series: `patient_id = ${patients.ada}`,
});

/** Everything that strangers can try with a person's address, number and name. */
export const strangers: Script = () => {
  const { ada } = patients;
  const email = ADA_IS.email;
  const requests: Request[] = [];
  for (const who of ['wes', 'nina'] as const) {
    requests.push(
      [who, 'GET', `${api}/patients/global_lookup?email=${email}`],
      [who, 'GET', `${api}/users/search_by_email?email=${email}`],
      [who, 'GET', `${api}/patients/${ada}`],
      [who, 'GET', `${api}/patients/${ada}/consents`],
      [who, 'GET', `${api}/patients/${ada}/consents/history`],
      [who, 'GET', `${api}/patients/${ada}/series`],
      [who, 'GET', `${api}/patients/${ada}/series/${codes.glucose}/values`],
      [who, 'GET', `${api}/patients?patientId=${ada}`],
      [who, 'GET', `${api}/patients?patientIdentifierValue=${ADA_IS.atLakeside}`],
      [who, 'GET', `${api}/patients?search=${ada}`],
      [who, 'GET', `${api}/patients?search=${email}`],
      [who, 'GET', `${api}/patients?search=${ADA_IS.atLakeside}`],
      [who, 'GET', `${api}/users/${users.ada}`],
      [who, 'GET', `${api}/invitation?patientId=${ada}`],
      [who, 'GET', `${api}/patients/${ada}/consolidated_clients`],
      [who, 'GET', `${api}/observations?patientId=${ada}`],
      [who, 'GET', `${api}/audit_events?patientId=${ada}`],
      [who, 'GET', `/FHIR/R5/Patient/${ada}`],
      [who, 'GET', `/FHIR/R5/Patient?_id=${ada}`],
      [who, 'GET', `/FHIR/R5/Patient?email=${email}`],
      [who, 'GET', `/FHIR/R5/Patient?identifier=${IDENTIFIER_SYSTEM}|${ADA_IS.atLakeside}`],
      [who, 'GET', `/FHIR/R5/Observation?patient=${ada}`],
      [
        who,
        'PATCH',
        `${api}/patients/${ada}/global_add_organization?organizationId=${organizations.westbank}`,
      ],
      [who, 'POST', `${api}/studies/${studies.westbank}/patients`, { patientIds: [ada] }],
      [who, 'DELETE', `${api}/studies/${studies.westbank}/patients`, { patientIds: [ada] }],
      [
        who,
        'PATCH',
        `${api}/patients/${ada}/consents`,
        { ...answers(studies.westbank, [codes.glucose], true), basis: 'form' },
      ],
      [who, 'DELETE', `${api}/patients/${ada}/consents`, answers(studies.westbank, [codes.glucose], true)],
      [
        who,
        'PATCH',
        `${api}/patients/${ada}?organizationId=${organizations.westbank}`,
        { telecomPhone: '1' },
      ],
      [who, 'DELETE', `${api}/patients/${ada}?organizationId=${organizations.westbank}`],
      [who, 'POST', `${api}/invitation`, { patientId: ada, clientId: clients.westbankApp }],
      [who, 'POST', '/FHIR/R5/Observation', reading(ada, codes.glucose, adasReading(codes.glucose))],
      [who, 'POST', `${api}/launches`, { clientId: 'westbank-app', patientId: ada }],
      [
        who,
        'POST',
        `${api}/organizations/${organizations.westbank}/user`,
        { jheUserId: users.ada, role: 'viewer' },
      ],
    );
  }
  // Records of Westbank's own, with her address in several spellings and with the numbers that she has elsewhere.
  for (const address of [email, 'ADA@example.org', email]) {
    requests.push([
      'wes',
      'POST',
      `${api}/patients`,
      {
        organizationId: organizations.westbank,
        nameFamily: 'Who',
        birthDate: '1815-12-10',
        telecomEmail: address,
        identifiers: requests.length % 2 ? [{ system: IDENTIFIER_SYSTEM, value: ADA_IS.atHarbor }] : [],
      },
    ]);
  }
  requests.push(
    ['wes', 'GET', `${api}/patients/global_lookup?email=${email}`],
    ['wes', 'GET', `${api}/patients`],
    ['wes', 'GET', '/FHIR/R5/Patient?_count=100'],
    ['wilma', 'GET', `${api}/patients`],
  );
  return requests;
};

/** Everything that an organization which she accepted can ask and do about her. */
export const staffOf =
  (who: Name, others: readonly Name[], at: number, study: number, code: number): Script =>
  () => {
    const { ada } = patients;
    const requests: Request[] = [];
    for (const name of [who, ...others])
      requests.push(
        [name, 'GET', `${api}/patients`],
        [name, 'GET', `${api}/patients/${ada}`],
        [name, 'GET', `${api}/patients/${ada}/consents`],
        [name, 'GET', `${api}/patients/${ada}/consents/history`],
        [name, 'GET', `${api}/patients/${ada}/series`],
        ...Object.keys(CODE_WORDS).map(
          (its): Request => [name, 'GET', `${api}/patients/${ada}/series/${its}/values`],
        ),
        [name, 'GET', `${api}/patients/${ada}/consolidated_clients`],
        [name, 'GET', `${api}/invitation?patientId=${ada}`],
        [name, 'GET', `${api}/studies/${study}/patients`],
        [name, 'GET', `${api}/observations`],
        [name, 'GET', '/FHIR/R5/Patient?_count=100'],
        [name, 'GET', `/FHIR/R5/Patient/${ada}`],
        [name, 'GET', '/FHIR/R5/Observation?_count=100'],
        [name, 'GET', `/FHIR/R5/Observation?patient=${ada}&_summary=count`],
        [name, 'GET', `${api}/users/search_by_email?email=${ADA_IS.email}`],
        [name, 'GET', `${api}/patients/global_lookup?email=${ADA_IS.email}`],
      );
    requests.push(
      // By the names of readings that it may not see: of sleep, from the same band.
      [
        who,
        'POST',
        '/FHIR/R5/Observation',
        reading(ada, code, { identifier: adasReading(codes.sleep).identifier }),
      ],
      [who, 'POST', '/FHIR/R5/Observation', reading(ada, code, { uuid: adasReading(codes.sleep).uuid })],
      [who, 'POST', `${api}/studies`, { organization: at, name: 'More', description: 'More' }],
      [who, 'POST', `${api}/studies/${study}/patients`, { patientIds: [ada] }],
      [
        who,
        'PATCH',
        `${api}/patients/${ada}/consents`,
        { ...answers(study, [codes.sleep], true), basis: 'form' },
      ],
      [who, 'POST', `${api}/invitation`, { patientId: ada, clientId: clients.sleepApp }],
      [
        who,
        'PATCH',
        `${api}/patients/${ada}?organizationId=${at}`,
        { identifiers: [{ system: IDENTIFIER_SYSTEM, value: 'MRN-other' }] },
      ],
      [who, 'GET', `${api}/patients/${ada}`],
      [who, 'DELETE', `${api}/studies/${study}/patients`, { patientIds: [ada] }],
      [who, 'DELETE', `${api}/patients/${ada}?organizationId=${at}`],
      [who, 'GET', `${api}/patients/${ada}`],
    );
    return requests;
  };

/** Forms of our own pages that anybody can send about an address. */
export const anybodysForms: Script = () => {
  const email = ADA_IS.email;
  const password = 'Correct-horse-7f31-battery';
  const names = {
    first_name: 'A',
    last_name: 'B',
    joincode: 'join-us',
    password,

    password_again: password,
  };
  return [
    ['nobody', 'POST', '/accounts/password_reset/', new URLSearchParams({ email })],
    ['nobody', 'POST', '/accounts/signup/', new URLSearchParams({ email, ...names })],
    ['nobody', 'POST', '/accounts/signup/', new URLSearchParams({ email: 'new@example.org', ...names })],
  ];
};

async function tell(world: World, change: Change, script: Script): Promise<Transcript> {
  const transcript = openTranscript();
  const walk = await beginWalk(world, transcript);
  await change(world);
  for (const [who, method, url, body] of script(world)) await walk.ask(who, method, url, body);
  await tellMail(walk, transcript);
  return transcript;
}

/** Mail to everybody but the persons is the coalition's to read; what links it holds are followed. */
async function tellMail(walk: Walk, transcript: Transcript): Promise<void> {
  const mails = await walk.world.sql<{ recipient: string; subject: string; body: string }>(
    'select recipient, subject, body from mail order by id',
  );
  for (const { recipient, subject, body } of openMails(mails)) {
    if (MAILBOXES.includes(recipient.toLowerCase())) continue;
    transcript.add(`mail to ${recipient}`, { statusCode: 0, headers: {}, body: `${subject}\n${body}` });
  }
  await followMail(walk);
}

/** Undefined when both worlds tell the same; else the first reply that differs. */
export async function compare(
  world: World,
  one: Change,
  other: Change,
  script: Script,
): Promise<{ difference: string | undefined; told: Transcript }> {
  const told = await tell(world, one, script);
  return { difference: firstDifference(told, await tell(world, other, script)), told };
}

export const asIs: Change = async () => {};

/** A study of Harbor's that she does not take part in. */
const ANOTHER = 30_006;
export const asksMore: Change = async ({ sql }) => {
  await sql(`insert into study (id, organization_id, name, description)
    values (${ANOTHER}, ${organizations.harbor}, 'Another at Harbor', '-')`);
};

/** Harbor has proposed that study to her, and she has not looked at it yet, or has declined it. */
export const proposed =
  (state: 'open' | 'declined'): Change =>
  async (world) => {
    await asksMore(world);
    await world.sql(
      'insert into proposal (patient_id, organization_id, study_id, state) values ($1, $2, $3, $4)',
      patients.ada,
      organizations.harbor,
      ANOTHER,
      state,
    );
  };

/** Harbor proposes it, looks, and proposes it again. */
export const proposes: Script = () => {
  const ask: Request = ['hana', 'POST', `${api}/studies/${ANOTHER}/patients`, { patientIds: [patients.ada] }];
  return [
    ask,
    ['hana', 'GET', `${api}/studies/${ANOTHER}/patients`],
    ['hana', 'GET', `${api}/patients/${patients.ada}/consents`],
    ask,
    ['hana', 'GET', `${api}/patients/${patients.ada}/consents/history`],
    ['hana', 'DELETE', `${api}/studies/${ANOTHER}/patients`, { patientIds: [patients.ada] }],
    ask,
    ['hana', 'DELETE', `${api}/studies/${ANOTHER}?cascade=false`],
  ];
};

export const both =
  (one: Change, other: Change): Change =>
  async (world) => {
    await one(world);
    await other(world);
  };
