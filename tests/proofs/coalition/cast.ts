/**
 * Who is there. Two persons who have something to keep to themselves, and everybody else, who holds together against
 * them:
 *
 *   Ada keeps her own record. She accepted Lakeside and Harbor. At Lakeside she shares glucose, took back her yes to
 *     heart rate and cleared sleep; at Harbor she shares heart rate and said nothing about sleep. She has recorded one
 *     reading of each herself. Nobody at Westbank has ever heard of her.
 *   Eve is in Lakeside's keeping: Mo typed her in and attested glucose and sleep; Mo recorded one reading of each, and
 *     Rivera then turned the yes to sleep into a no. Heart rate was never answered.
 *
 *   Everybody else: viewer Vic, member Rivera and manager Mo of Lakeside, manager Hana of Harbor, manager Wes and member
 *     Wilma of Westbank, Nina of nowhere, superuser Root, the patients Ben and Cleo, their apps, their scanner of mail,
 *     and every link that any of them can get hold of. They lack Ada's and Eve's mailboxes and devices.
 */
import { measures } from '@jhe/omh';
import type { LightMyRequestResponse } from 'fastify';
import { openTestExchange, type TestExchange } from '../../setup/exchange.ts';
import { mintToken } from '../../setup/tokens.ts';
import {
  codeNames,
  dataSources,
  fillTwoOrganizations,
  OMH,
  patients,
  clients as twoClients,
  codes as twoCodes,
  organizations as twoOrganizations,
  studies as twoStudies,
  users,
} from '../../worlds/two-organizations.ts';
import { keepState } from '../kept-state.ts';
import * as model from './model.ts';

export { patients, users };
/** Heart rate has another coding here: one measure all the same. */
export const codes = { ...twoCodes, olderHeartRate: 50_005 } as const;
export const organizations = { ...twoOrganizations, westbank: 20_005 } as const;
export const studies = { ...twoStudies, westbank: 30_005 } as const;
export const clients = { ...twoClients, westbankApp: 103 } as const;

/** Everybody of the coalition who can sign in. */
export const COALITION = {
  vic: users.vic,
  rivera: users.rivera,
  mo: users.mo,
  hana: users.hana,
  nina: users.nina,
  root: users.root,
  wes: 10_021,
  wilma: 10_022,
  ben: users.ben,
  cleo: users.cleo,
} as const;
export type Name = keyof typeof COALITION;
export const PRACTITIONER_IDS: Readonly<Partial<Record<Name, number>>> = {
  vic: 80_003,
  rivera: 80_001,
  mo: 80_002,
  hana: 80_004,
  nina: 80_005,
  root: 80_006,
  wes: 80_021,
  wilma: 80_022,
};
export const ASKED = [codes.glucose, codes.heartRate, codes.sleep] as const;
export const CODE_WORDS: Readonly<Record<number, string>> = {
  [codes.glucose]: 'glucose',
  [codes.heartRate]: 'heart rate',
  [codes.sleep]: 'sleep',
  [codes.olderHeartRate]: 'heart rate in its older coding',
};
const CODE_NAMES: Readonly<Record<number, string>> = {
  [codes.glucose]: codeNames.glucose,
  [codes.heartRate]: codeNames.heartRate,
  [codes.sleep]: codeNames.sleep,
  [codes.olderHeartRate]: 'omh:heart-rate:1.1',
};

/** The persons' mailboxes: mail to these is read by nobody else. */
export const MAILBOXES: readonly string[] = ['ada@example.org', 'eve@example.org'];

/** What is known about Ada, in texts that stand nowhere else. */
export const ADA_IS = {
  family: 'Byron-7f31',
  given: 'Augusta-7f31',
  birthDate: '1815-12-10',
  phone: '+44-7f31-0100',
  email: 'ada@example.org',
  atLakeside: 'MRN-lakeside-7f31',
  atHarbor: 'MRN-harbor-7f31',
} as const;
export const IDENTIFIER_SYSTEM = 'urn:example:mrn';

export type World = Readonly<{
  exchange: TestExchange;
  /** Number of Eve's record. */
  eve: number;
  tokens: ReadonlyMap<Name | 'ada', string>;
  /** The rule's state as the world stands when a walk begins. */
  start: model.Model;
  /** Puts the database back to where a walk begins. */
  restore(): Promise<void>;
  /** One request, with a body as JSON or a form; each from an address of its own, so that limits by address do not stand in the way. */
  ask(token: string | null, method: string, url: string, body?: unknown): Promise<LightMyRequestResponse>;
  sql<Row = Record<string, unknown>>(text: string, ...values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}>;

const FORM = 'application/x-www-form-urlencoded';
const CALLBACK = 'http://localhost:8000/auth/callback';

export async function openCast(): Promise<World> {
  const exchange = await openTestExchange();
  const { owner } = exchange.database;
  await fillTwoOrganizations(owner);
  await owner.query(`
    delete from consent; delete from consent_event; delete from declined_measure;
    insert into app_user (id, email, first_name, last_name, user_type, email_verified) values
      (${COALITION.wes}, 'wes@example.org', 'Wes', 'Tran', 'practitioner', true),
      (${COALITION.wilma}, 'wilma@example.org', 'Wilma', 'Orr', 'practitioner', true);
    insert into practitioner (id, user_id, name_family, name_given) values
      (${PRACTITIONER_IDS.wes}, ${COALITION.wes}, 'Tran', 'Wes'), (${PRACTITIONER_IDS.wilma}, ${COALITION.wilma}, 'Orr', 'Wilma');
    insert into organization (id, name, type, part_of, had_manager) values
      (${organizations.westbank}, 'Westbank Lab', 'laboratory', 0, true);
    insert into membership (practitioner_id, organization_id, role) values
      (${PRACTITIONER_IDS.wes}, ${organizations.westbank}, 'manager'), (${PRACTITIONER_IDS.wilma}, ${organizations.westbank}, 'member');
    insert into study (id, organization_id, name, description) values
      (${studies.westbank}, ${organizations.westbank}, 'Everything at Westbank', 'All of it.');
    insert into code (id, system, code, text) values
      (${codes.olderHeartRate}, '${OMH}', '${CODE_NAMES[codes.olderHeartRate]}', 'Heart rate');
    insert into requested_code (study_id, code_id) values (${studies.hearts}, ${codes.olderHeartRate}),
      (${studies.westbank}, ${codes.glucose}), (${studies.westbank}, ${codes.heartRate}), (${studies.westbank}, ${codes.sleep});
    insert into client (id, client_id, name, invitation_url, default_scopes) values
      (${clients.westbankApp}, 'westbank-app', 'Westbank app', 'https://westbank.example.org/i/CODE', 'openid patient/*.cruds');
    insert into study_client (study_id, client_id) values (${studies.westbank}, ${clients.westbankApp});
    insert into study_data_source (study_id, data_source_id) values
      (${studies.westbank}, ${dataSources.meter}), (${studies.westbank}, ${dataSources.band}), (${studies.glucose}, ${dataSources.band});
    update client set redirect_uris = '{${CALLBACK}}', skip_authorization = true where id in (101, 102, 103);
    update app_user set first_name = '${ADA_IS.given}', last_name = '${ADA_IS.family}' where id = ${users.ada};
    update patient set name_family = '${ADA_IS.family}', name_given = '${ADA_IS.given}', birth_date = '${ADA_IS.birthDate}',
      telecom_phone = '${ADA_IS.phone}' where id = ${patients.ada};
    delete from patient_identifier`);
  const tokens = new Map<Name | 'ada', string>();
  for (const [name, userId] of Object.entries({ ...COALITION, ada: users.ada })) {
    const isPatient = ['ada', 'ben', 'cleo'].includes(name);
    tokens.set(
      name as Name,
      await mintToken(exchange, {
        userId,
        scope: isPatient ? 'openid patient/*.cruds' : 'user/*.cruds',
        expiresInSeconds: 24 * 3600,
      }),
    );
  }
  let calls = 0;
  const ask: World['ask'] = (token, method, url, body) =>
    exchange.app.http.inject({
      method: method as 'GET',
      url,
      remoteAddress: `10.${(calls >> 16) & 255}.${(calls >> 8) & 255}.${calls++ & 255}`,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': body instanceof URLSearchParams ? FORM : 'application/json' }),
      },
      ...(body === undefined
        ? {}
        : { payload: body instanceof URLSearchParams ? body.toString() : JSON.stringify(body) }),
    });
  const must = async (name: Name | 'ada', method: string, url: string, body?: unknown) => {
    const reply = await ask(tokens.get(name)!, method, url, body);
    if (reply.statusCode >= 300)
      throw new Error(`${name}: ${method} ${url}: ${reply.statusCode} ${reply.body}`);
    return reply;
  };

  const start = model.emptyModel();
  describeWorkplaces(start);
  for (const code of [codes.heartRate, codes.olderHeartRate]) start.measures.set(code, 'heart rate');
  await identify(must);
  await adaShares(must, start);
  const eve = await eveIsKept(must, start);
  model.newRecord(start, patients.ben, organizations.lakeside, [organizations.lakeside]);
  model.enroll(start, patients.ben, studies.glucose);
  model.newRecord(start, patients.cleo, 'person', []);
  model.sheAccepts(start, patients.cleo, organizations.harbor, studies.sleep);
  await owner.query('delete from mail');
  // Numbers of different tables are never the same, so that a transcript can name each by itself.
  await owner.query(`
    select setval(format('%I.%I', schemaname, sequencename)::regclass, 1000000000 + 10000000 * row_number() over (order by sequencename))
    from pg_sequences where schemaname = 'public' and max_value > 2000000000`);
  const restore = await keepState(owner);
  await owner.query('analyze');
  return {
    exchange,
    eve,
    tokens,
    start,
    restore,
    ask,
    sql: async (text, ...values) => (await owner.query(text, values)).rows,
    close: () => exchange.close(),
  };
}

type Must = (
  name: Name | 'ada',
  method: string,
  url: string,
  body?: unknown,
) => Promise<LightMyRequestResponse>;

function describeWorkplaces(start: model.Model): void {
  const people: readonly (readonly [Name, number, model.Role])[] = [
    ['mo', organizations.lakeside, 'manager'],
    ['mo', organizations.clinic, 'manager'],
    ['rivera', organizations.lakeside, 'member'],
    ['vic', organizations.lakeside, 'viewer'],
    ['hana', organizations.harbor, 'manager'],
    ['wes', organizations.westbank, 'manager'],
    ['wilma', organizations.westbank, 'member'],
  ];
  for (const [name, organization, role] of people) {
    const held = start.members.get(organization) ?? new Map();
    start.members.set(organization, held.set(name, role));
    if (role === 'manager') start.managed.add(organization);
  }
  const study = (id: number, organization: number, apps: number[], asks: number[]) =>
    start.studies.set(id, { organization, clients: new Set(apps), asks: new Set(asks), endsOnDay: null });
  study(studies.glucose, organizations.lakeside, [clients.glucoseApp], [...ASKED]);
  study(studies.hearts, organizations.lakeside, [], [codes.heartRate, codes.olderHeartRate]);
  study(studies.sleep, organizations.harbor, [clients.sleepApp], [codes.heartRate, codes.sleep]);
  study(studies.westbank, organizations.westbank, [clients.westbankApp], [...ASKED]);
}

async function identify(must: Must): Promise<void> {
  for (const [name, organization, value] of [
    ['mo', organizations.lakeside, ADA_IS.atLakeside],
    ['hana', organizations.harbor, ADA_IS.atHarbor],
  ] as const) {
    await must(name, 'PATCH', `/api/v1/patients/${patients.ada}?organizationId=${organization}`, {
      identifiers: [{ system: IDENTIFIER_SYSTEM, value }],
    });
  }
}

async function adaShares(must: Must, start: model.Model): Promise<void> {
  const { ada } = patients;
  model.newRecord(start, ada, 'person', []);
  model.sheAccepts(start, ada, organizations.lakeside, studies.glucose);
  model.sheAccepts(start, ada, organizations.harbor, studies.sleep);
  const say = async (study: number, code: number, yes: boolean | null) => {
    await must(
      'ada',
      yes === null ? 'DELETE' : 'PATCH',
      `/api/v1/patients/${ada}/consents`,
      answers(study, [code], yes ?? true),
    );
    model.sheAnswers(start, ada, study, code, yes);
  };
  for (const code of ASKED) {
    await say(studies.glucose, code, true);
    await must('ada', 'POST', '/FHIR/R5/Observation', reading(ada, code, adasReading(code)));
    model.recorded(start, ada, code);
  }
  await say(studies.glucose, codes.heartRate, false);
  await say(studies.glucose, codes.sleep, null);
  await say(studies.sleep, codes.heartRate, true);
}

async function eveIsKept(must: Must, start: model.Model): Promise<number> {
  const added = await must('mo', 'POST', '/api/v1/patients', {
    organizationId: organizations.lakeside,
    nameFamily: 'Harrow',
    nameGiven: 'Eve',
    birthDate: '1971-03-04',
    telecomEmail: 'eve@example.org',
    identifiers: [{ system: IDENTIFIER_SYSTEM, value: 'MRN-eve' }],
  });
  const { id: eve } = added.json<{ id: number }>();
  model.newRecord(start, eve, organizations.lakeside, [organizations.lakeside]);
  await must('mo', 'POST', `/api/v1/studies/${studies.glucose}/patients`, { patientIds: [eve] });
  model.enroll(start, eve, studies.glucose);
  for (const code of [codes.glucose, codes.sleep]) {
    await must('mo', 'PATCH', `/api/v1/patients/${eve}/consents`, {
      ...answers(studies.glucose, [code], true),
      basis: 'signed form',
    });
    model.staffAttest(start, 'mo', { record: eve, study: studies.glucose, code, basis: 'signed form' });
    await must('mo', 'POST', '/FHIR/R5/Observation', reading(eve, code));
    model.recorded(start, eve, code);
  }
  await must(
    'rivera',
    'PATCH',
    `/api/v1/patients/${eve}/consents`,
    answers(studies.glucose, [codes.sleep], false),
  );
  model.staffDecline(start, eve, studies.glucose, codes.sleep);
  return eve;
}

/** The body of an answer to one study about some codes. */
export const answers = (studyId: number, about: readonly number[], consented: boolean) => ({
  studyScopeConsents: [
    {
      studyId,
      scopeConsents: about.map((code) => ({ codingSystem: OMH, codingCode: CODE_NAMES[code], consented })),
    },
  ],
});

const TIME = { date_time: '2026-03-01T08:00:00-05:00' };
const NIGHT = {
  time_interval: { start_date_time: '2026-03-01T00:00:00-05:00', end_date_time: '2026-03-01T07:00:00-05:00' },
};
const BODIES: Readonly<Record<number, object>> = {
  [codes.glucose]: { blood_glucose: { value: 99, unit: 'mg/dL' }, effective_time_frame: TIME },
  [codes.heartRate]: { heart_rate: { value: 61, unit: 'beats/min' }, effective_time_frame: TIME },
  [codes.sleep]: { total_sleep_time: { value: 400, unit: 'min' }, effective_time_frame: NIGHT },
};

/** How Ada's own readings are called: by identifier, and by the UUID of the data point. */
export const adasReading = (code: number) => ({
  identifier: `ada-reading-${code}`,
  uuid: `cafe7f31-0000-4000-8000-0000000${code}`,
});

/** A data point; every one is another unless it is given the name of one. */
export function dataPoint(code: number, uuid: string = crypto.randomUUID()) {
  return {
    header: {
      uuid,
      schema_id: measures.get(CODE_NAMES[code]!)!.schemaId,
      source_creation_date_time: '2026-03-01T08:00:00Z',
    },
    body: BODIES[code]!,
  };
}

/** One upload of a reading. */
export function reading(record: number, code: number, named: { identifier?: string; uuid?: string } = {}) {
  const name = CODE_NAMES[code]!;
  return {
    resourceType: 'Observation',
    status: 'final',
    subject: { reference: `Patient/${record}` },
    device: { reference: `Device/${code === codes.glucose ? dataSources.meter : dataSources.band}` },
    code: { coding: [{ system: OMH, code: name }] },
    ...(named.identifier === undefined
      ? {}
      : { identifier: [{ system: 'urn:example:reading', value: named.identifier }] }),
    valueAttachment: {
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify(dataPoint(code, named.uuid))).toString('base64'),
    },
  };
}
