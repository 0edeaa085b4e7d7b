/**
 * What the coalition can do, each deed with the words that tell it and with what it means by the rule. Deeds are plain
 * values: they can be done in any order, any number of times, and whatever they are refused they are refused.
 */
import { measures } from '@jhe/omh';
import { hashClientSecret } from '../../../apps/exchange/src/domain/client-secret.ts';
import { Refusal } from '../../../apps/exchange/src/domain/refusal.ts';
import { importReadings } from '../../../apps/exchange/src/operations/import-readings.ts';
import { mintToken } from '../../setup/tokens.ts';
import {
  answers,
  COALITION,
  CODE_WORDS,
  clients,
  codes,
  dataPoint,
  IDENTIFIER_SYSTEM,
  type Name,
  organizations,
  PRACTITIONER_IDS,
  patients,
  reading,
  studies,
} from './cast.ts';
import { followMail, redeem } from './links.ts';
import * as model from './model.ts';
import { asPrincipal, type Principal, type Reply, type Walk } from './walk.ts';

export type Deed = Readonly<{ words: string; carryOut(walk: Walk): Promise<unknown> }>;

/** Whose record: one of the two persons', or one that the coalition made on the way, the newest first. */
export type About = 'Ada' | 'Eve' | 'the newest record';
/** A study by its name in words; `the newest study` was made on the way. */
export type Of = keyof typeof studies | 'the newest study';
/** An organization likewise. */
export type At = keyof typeof organizations | 'the newest organization';

export const recordOf = (walk: Walk, about: About): number =>
  about === 'Ada' ? patients.ada : about === 'Eve' ? walk.world.eve : (walk.made.records.at(-1) ?? 49_999);
export const studyOf = (walk: Walk, of: Of): number =>
  of === 'the newest study' ? (walk.made.studies.at(-1) ?? 39_999) : studies[of];
export const organizationOf = (walk: Walk, at: At): number =>
  at === 'the newest organization' ? (walk.made.organizations.at(-1) ?? 29_999) : organizations[at];

const api = '/api/v1';
const isDone = (reply: Reply) => reply.statusCode < 300;
const deed = (words: string, carryOut: Deed['carryOut']): Deed => ({ words, carryOut });
const theStudy = (of: Of) => (of === 'the newest study' ? of : `the study "${of}"`);

// ---- Records ----

/** By her number, which anybody can guess. */
export const addByNumber = (who: Name, about: About, at: At): Deed =>
  deed(`${who} adds ${about} to ${at} by number`, (walk) =>
    walk.ask(
      who,
      'PATCH',
      `${api}/patients/${recordOf(walk, about)}/global_add_organization?organizationId=${organizationOf(walk, at)}`,
    ),
  );

export const lookUp = (who: Name, email: string): Deed =>
  deed(`${who} looks up ${email}`, (walk) =>
    walk.ask(who, 'GET', `${api}/patients/global_lookup?email=${encodeURIComponent(email)}`),
  );

/** A record of the organization's own, whatever address and number it is given. */
export const makeRecord = (who: Name, at: At, email: string, identifier?: string): Deed =>
  deed(
    `${who} makes a record at ${at} with the address ${email}${identifier ? ` and the number ${identifier}` : ''}`,
    async (walk) => {
      const organizationId = organizationOf(walk, at);
      const reply = await walk.ask(who, 'POST', `${api}/patients`, {
        organizationId,
        nameFamily: 'Nobody',
        nameGiven: 'Norah',
        birthDate: '1999-01-02',
        telecomEmail: email,
        ...(identifier ? { identifiers: [{ system: IDENTIFIER_SYSTEM, value: identifier }] } : {}),
      });
      if (!isDone(reply)) return;
      const { id } = reply.json<{ id: number }>();
      walk.made.records.push(id);
      model.newRecord(walk.model, id, organizationId, [organizationId]);
    },
  );

export const removeFrom = (who: Name, about: About, at: At): Deed =>
  deed(`${who} removes ${about} from ${at}`, async (walk) => {
    const [record, organization] = [recordOf(walk, about), organizationOf(walk, at)];
    const url = `${api}/patients/${record}?organizationId=${organization}`;
    if (isDone(await walk.ask(who, 'DELETE', url))) model.leave(walk.model, record, organization);
  });

export const correct = (who: Name, about: About, at: At, changes: object): Deed =>
  deed(`${who} of ${at} corrects ${about}: ${JSON.stringify(changes)}`, (walk) =>
    walk.ask(
      who,
      'PATCH',
      `${api}/patients/${recordOf(walk, about)}?organizationId=${organizationOf(walk, at)}`,
      changes,
    ),
  );

// ---- Studies ----

export const makeStudy = (who: Name, at: At, app: keyof typeof clients = 'westbankApp'): Deed =>
  deed(`${who} makes a study at ${at} that asks for everything and uses ${app}`, async (walk) => {
    const organization = organizationOf(walk, at);
    const reply = await walk.ask(who, 'POST', `${api}/studies`, {
      organization,
      name: 'New',
      description: 'New',
    });
    if (!isDone(reply)) return;
    const { id } = reply.json<{ id: number }>();
    walk.made.studies.push(id);
    walk.model.studies.set(id, { organization, clients: new Set(), asks: new Set(), endsOnDay: null });
    for (const code of Object.keys(CODE_WORDS)) await ask(walk, who, id, Number(code), true);
    await link(walk, who, id, clients[app], true);
  });

async function ask(walk: Walk, who: Name, study: number, code: number, asks: boolean): Promise<void> {
  const reply = await walk.ask(who, asks ? 'POST' : 'DELETE', `${api}/studies/${study}/scope_requests`, {
    scopeCodeId: code,
  });
  if (!isDone(reply)) return;
  const held = walk.model.studies.get(study);
  if (asks) held?.asks.add(code);
  else {
    held?.asks.delete(code);
    model.end(walk.model, { study, code });
  }
}

async function link(walk: Walk, who: Name, study: number, clientId: number, uses: boolean): Promise<void> {
  const reply = await walk.ask(who, uses ? 'POST' : 'DELETE', `${api}/studies/${study}/clients`, {
    clientId,
  });
  if (!isDone(reply)) return;
  const held = walk.model.studies.get(study);
  if (uses) held?.clients.add(clientId);
  else held?.clients.delete(clientId);
}

export const askFor = (who: Name, of: Of, code: number, asks: boolean): Deed =>
  deed(`${who} lets ${theStudy(of)} ${asks ? 'ask' : 'stop asking'} for ${CODE_WORDS[code]}`, (walk) =>
    ask(walk, who, studyOf(walk, of), code, asks),
  );

export const useApp = (who: Name, of: Of, app: keyof typeof clients, uses: boolean): Deed =>
  deed(`${who} lets ${theStudy(of)} ${uses ? 'use' : 'drop'} ${app}`, (walk) =>
    link(walk, who, studyOf(walk, of), clients[app], uses),
  );

/** Purpose and end belong to what was asked; name and description do not. */
export const changeStudy = (
  who: Name,
  of: Of,
  changes: { purpose?: string; endsAt?: string; name?: string; description?: string },
): Deed =>
  deed(`${who} changes ${theStudy(of)}: ${JSON.stringify(changes)}`, async (walk) => {
    const study = studyOf(walk, of);
    const reply = await walk.ask(who, 'PATCH', `${api}/studies/${study}`, changes);
    // An older server leaves what it does not know where it is: then nothing that was asked has changed.
    if (!isDone(reply)) return;
    if (changes.purpose !== undefined || changes.endsAt !== undefined) model.end(walk.model, { study });
  });

export const moveStudy = (who: Name, of: Of, at: At): Deed =>
  deed(`${who} moves ${theStudy(of)} to ${at}`, (walk) =>
    walk.ask(who, 'PATCH', `${api}/studies/${studyOf(walk, of)}`, { organization: organizationOf(walk, at) }),
  );

export const removeStudy = (who: Name, of: Of): Deed =>
  deed(`${who} removes ${theStudy(of)}`, async (walk) => {
    const study = studyOf(walk, of);
    if (!isDone(await walk.ask(who, 'DELETE', `${api}/studies/${study}?cascade=true`))) return;
    model.end(walk.model, { study });
    walk.model.studies.delete(study);
  });

/** Of a record in its own keeping an organization enrols; to a person it proposes, and nothing is done yet. */
export const enrol = (who: Name, about: About, of: Of): Deed =>
  deed(`${who} enrols ${about} in ${theStudy(of)}`, async (walk) => {
    const [record, study] = [recordOf(walk, about), studyOf(walk, of)];
    const reply = await walk.ask(who, 'POST', `${api}/studies/${study}/patients`, { patientIds: [record] });
    if (isDone(reply)) model.enroll(walk.model, record, study);
  });

export const unenrol = (who: Name, about: About, of: Of): Deed =>
  deed(`${who} ends the enrolment of ${about} in ${theStudy(of)}`, async (walk) => {
    const [record, study] = [recordOf(walk, about), studyOf(walk, of)];
    const reply = await walk.ask(who, 'DELETE', `${api}/studies/${study}/patients`, { patientIds: [record] });
    if (isDone(reply)) model.unenroll(walk.model, record, study);
  });

// ---- Answers ----

export const answer = (who: Name, about: About, of: Of, code: number, yes: boolean, basis?: string): Deed =>
  deed(
    `${who} answers ${yes ? 'yes' : 'no'} for ${about} to ${CODE_WORDS[code]} in ${theStudy(of)}${basis ? `, on the basis "${basis}"` : ''}`,
    async (walk) => {
      const [record, study] = [recordOf(walk, about), studyOf(walk, of)];
      const reply = await walk.ask(who, 'PATCH', `${api}/patients/${record}/consents`, {
        ...answers(study, [code], yes),
        ...(basis === undefined ? {} : { basis }),
      });
      if (!isDone(reply)) return;
      if (yes) model.staffAttest(walk.model, who, { record, study, code, basis });
      else model.staffDecline(walk.model, record, study, code);
    },
  );

export const clear = (who: Name, about: About, of: Of, code: number): Deed =>
  deed(`${who} clears ${about}'s answer to ${CODE_WORDS[code]} in ${theStudy(of)}`, async (walk) => {
    const [record, study] = [recordOf(walk, about), studyOf(walk, of)];
    const url = `${api}/patients/${record}/consents`;
    const standing = walk.model.records.get(record)?.answers.get(`${study}/${code}`);
    if (!isDone(await walk.ask(who, 'DELETE', url, answers(study, [code], true)))) return;
    // What is her own stays as it is; what others said is open again.
    if (standing?.by === 'others') model.end(walk.model, { record, study, code });
  });

export const upload = (
  who: Name,
  about: About,
  code: number,
  named: { identifier?: string; uuid?: string } = {},
): Deed =>
  deed(`${who} uploads ${CODE_WORDS[code]} for ${about}`, async (walk) => {
    const record = recordOf(walk, about);
    const { reader } = asPrincipal(walk, who);
    const may = model.mayRecord(walk.model, reader, record, code);
    const reply = await walk.ask(who, 'POST', '/FHIR/R5/Observation', reading(record, code, named));
    if (!isDone(reply)) return;
    if (!may) walk.faults.push(`${who} added ${CODE_WORDS[code]} where no answer lets them`);
    model.recorded(walk.model, record, code);
  });

/**
 * An operator imports a file at the command line, as somebody of the study's organization: one reading of glucose of the
 * participant of that number.
 */
export const importFile = (who: Name, of: Of, participant: string): Deed =>
  deed(`an operator imports glucose of ${participant} into ${theStudy(of)}, as ${who}`, async (walk) => {
    const { exchange, sql } = walk.world;
    const study = studyOf(walk, of);
    const organizationId = walk.model.studies.get(study)?.organization ?? -1;
    const grants = [{ context: 'user', type: '*', letters: 'cruds' }] as const;
    const operator = await exchange.gate.identify(COALITION[who], 'jhe-cli', grants);
    if (!operator) return;
    const [{ newest }] = (await sql<{ newest: number }>(
      'select coalesce(max(id), 0) as newest from observation',
    )) as [{ newest: number }];
    const basis = 'signed form, protocol 17';
    walk.typed.push(participant);
    await importReadings(exchange.gate, operator, {
      studyId: study,
      organizationId,
      measure: measures.get('omh:blood-glucose:4.0')!,
      dataSourceId: 70_001,
      identifierSystem: IDENTIFIER_SYSTEM,
      consentBasis: basis,
      readings: [{ row: 1, participant, dataPoint: dataPoint(codes.glucose) }],
    }).catch((error: unknown) => {
      const what = `the import ended with "${(error as Error).message}"`;
      walk.asked.push(what);
      // Refused, like anybody else; anything else is a fault of the server's.
      if (!(error instanceof Refusal)) walk.faults.push(what);
    });
    // Refused for its basis, it has enrolled whom the organization keeps: a member may do that.
    const enrolled = await sql<{ record: number }>(
      'select patient_id as record from enrollment where study_id = $1',
      study,
    );
    if (model.actsAt(walk.model, who, organizationId))
      for (const { record } of enrolled) model.enroll(walk.model, record, study);
    const stored = await sql<{ record: number; code: number }>(
      'select patient_id as record, code_id as code from observation where id > $1',
      newest,
    );
    for (const { record, code } of stored) {
      if (!walk.model.records.has(record)) {
        walk.made.records.push(record);
        model.newRecord(walk.model, record, organizationId, [organizationId]);
      }
      model.enroll(walk.model, record, study);
      model.staffAttest(walk.model, who, { record, study, code, basis });
      model.recorded(walk.model, record, code);
    }
  });

// ---- Links ----

export const invite = (
  who: Name,
  about: About,
  app: keyof typeof clients,
  more: { sendEmail?: boolean; emailOnly?: boolean } = {},
): Deed =>
  deed(`${who} invites ${about} into ${app}${more.emailOnly ? ', by mail only' : ''}`, async (walk) => {
    const record = recordOf(walk, about);
    const reply = await walk.ask(who, 'POST', `${api}/invitation`, {
      patientId: record,
      clientId: clients[app],
      ...more,
    });
    if (!isDone(reply)) return;
    if (!model.mayInvite(walk.model, who, record)) walk.faults.push(`${who} gave a link to ${about}`);
    const { token } = reply.json<{ token: string | null }>();
    const keeper = walk.model.records.get(record)?.keeper;
    // For a record that its person keeps there is no link: nothing that it opens is within the rule.
    const organization = typeof keeper === 'number' ? keeper : -1;
    if (token !== null) walk.links.push({ token, record, organization, client: clients[app], issuer: who });
  });

/** The link that was got hold of last, or one before it. */
export const openLink = (back = 0): Deed =>
  deed(
    back === 0 ? 'somebody opens the newest link' : `somebody opens the link before, ${back} back`,
    (walk) => redeem(walk, walk.links.at(-1 - back)),
  );

export const scanMail = (): Deed => deed('the scanner follows every link in every mail', followMail);

const newestHolder = (walk: Walk): Principal | undefined =>
  walk.principals.findLast(({ reader }) => reader.kind === 'link');

export const linkAnswers = (of: Of, code: number, yes: boolean | null): Deed =>
  deed(
    `the newest link holder ${yes === null ? 'clears' : yes ? 'says yes to' : 'says no to'} ${CODE_WORDS[code]} in ${theStudy(of)}`,
    async (walk) => {
      const holder = newestHolder(walk);
      if (holder?.reader.kind !== 'link') return;
      const study = studyOf(walk, of);
      const method = yes === null ? 'DELETE' : 'PATCH';
      const url = `${api}/patients/${holder.reader.record}/consents`;
      const reply = await walk.ask(holder, method, url, answers(study, [code], yes ?? true));
      if (isDone(reply)) model.aLinkAnswers(walk.model, holder.reader, study, code, yes);
    },
  );

export const linkUploads = (code: number): Deed =>
  deed(`the newest link holder uploads ${CODE_WORDS[code]}`, async (walk) => {
    const holder = newestHolder(walk);
    if (holder?.reader.kind !== 'link') return;
    const { record } = holder.reader;
    const may = model.mayRecord(walk.model, holder.reader, record, code);
    const reply = await walk.ask(holder, 'POST', '/FHIR/R5/Observation', reading(record, code));
    if (!isDone(reply)) return;
    if (!may) walk.faults.push(`${holder.name} added ${CODE_WORDS[code]} where no answer lets them`);
    model.recorded(walk.model, record, code, holder.reader.session);
  });

// ---- Organizations and their people ----

export const makeOrganization = (who: Name): Deed =>
  deed(`${who} founds an organization`, async (walk) => {
    const body = { name: 'Founded', type: 'team', partOf: 0 };
    const reply = await walk.ask(who, 'POST', `${api}/organizations`, body);
    if (!isDone(reply)) return;
    const { id } = reply.json<{ id: number }>();
    walk.made.organizations.push(id);
    walk.model.members.set(id, new Map());
  });

export const appoint = (who: Name, whom: Name, at: At, role: model.Role): Deed =>
  deed(`${who} makes ${whom} ${role} of ${at}`, async (walk) => {
    const organization = organizationOf(walk, at);
    const url = `${api}/organizations/${organization}/user`;
    const reply = await walk.ask(who, 'POST', url, { jheUserId: COALITION[whom], role });
    if (isDone(reply)) model.appoint(walk.model, who, whom, organization, role);
  });

/** A manager says yes to whatever a superuser's appointment waits for. */
export const acceptAppointments = (who: Name, at: At): Deed =>
  deed(`${who} accepts the appointments that wait at ${at}`, async (walk) => {
    const organization = organizationOf(walk, at);
    const waiting = await walk.world.sql<{ id: number; practitioner: number; role: model.Role }>(
      'select id, practitioner_id as practitioner, role from appointment where organization_id = $1',
      organization,
    );
    for (const { id, practitioner, role } of waiting) {
      const url = `${api}/organizations/${organization}/appointments/${id}`;
      const whom = Object.entries(PRACTITIONER_IDS).find(([, number]) => number === practitioner)?.[0];
      if (isDone(await walk.ask(who, 'POST', url, { accept: true })) && whom)
        model.appoint(walk.model, who, whom, organization, role);
    }
  });

export const dismiss = (who: Name, whom: Name, at: At): Deed =>
  deed(`${who} dismisses ${whom} from ${at}`, async (walk) => {
    const organization = organizationOf(walk, at);
    const url = `${api}/organizations/${organization}/remove_user`;
    const reply = await walk.ask(who, 'DELETE', url, { jheUserId: COALITION[whom] });
    if (isDone(reply)) model.dismiss(walk.model, whom, organization);
  });

/** An operator at the command line puts somebody out, or lets them in again. */
export const setActive = (whom: Name, active: boolean): Deed =>
  deed(`an operator ${active ? 'reactivates' : 'deactivates'} ${whom}`, async (walk) => {
    await walk.world.sql('update app_user set active = $2 where id = $1', COALITION[whom], active);
    if (active) walk.model.out.delete(whom);
    else walk.model.out.add(whom);
  });

// ---- Time ----

/** Every moment that a deed has written moves into the past; what people are signed in with stays. */
export const timePasses = (days: number): Deed =>
  deed(`${days} days pass`, async (walk) => {
    walk.model.day += days;
    const columns = await walk.world.sql<{ table: string; column: string }>(
      `select c.relname as table, a.attname as column
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.atttypid = 'timestamptz'::regtype
         and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         and c.relname not in ('oauth_model', 'signing_key', 'migration', 'rule')`,
    );
    const tables = Map.groupBy(columns, ({ table }) => table);
    for (const [table, its] of tables) {
      const set = its.map(({ column }) => `"${column}" = "${column}" - interval '${days} days'`).join(', ');
      await walk.world.sql(`update "${table}" set ${set}`);
    }
  });

// ---- Programs ----

/** Pia works at Westbank and keeps a record of her own, with one reading. Her programs are in other hands. */
export const PIA = { user: 10_041, practitioner: 80_041, record: 40_041 } as const;
const SECRET = 'a-secret-of-pias-backend';

/** An app or a server of the coalition got hold of a program of Pia's: her API key, or a backend service that is hers. */
export const useProgramOfPias = (kind: 'API key' | 'backend'): Deed =>
  deed(`somebody uses Pia's ${kind}`, async (walk) => {
    const { exchange, sql } = walk.world;
    await sql(`
      insert into app_user (id, email, first_name, last_name, user_type, email_verified)
        values (${PIA.user}, 'pia@example.org', 'Pia', 'Lund', 'practitioner', true) on conflict do nothing;
      insert into practitioner (id, user_id) values (${PIA.practitioner}, ${PIA.user}) on conflict do nothing;
      insert into membership (practitioner_id, organization_id, role)
        values (${PIA.practitioner}, ${organizations.westbank}, 'member') on conflict do nothing;
      insert into patient (id, user_id, name_given) values (${PIA.record}, ${PIA.user}, 'Pia') on conflict do nothing;
      insert into observation (patient_id, id, code_id, data_point_uuid, data_point)
        values (${PIA.record}, 1, ${codes.sleep}, '00000000-0000-4000-8000-000000040041', '{}') on conflict do nothing;
      insert into series (patient_id, code_id, observations, mixed)
        values (${PIA.record}, ${codes.sleep}, 1, true) on conflict do nothing`);
    if (!walk.model.records.has(PIA.record)) model.newRecord(walk.model, PIA.record, 'person', []);
    const own = await mintToken(exchange, { userId: PIA.user, scope: 'user/*.cruds' });
    const sees = await walk.world.ask(own, 'GET', '/FHIR/R5/Observation');
    if (sees.json().total !== 1) throw new Error(`Pia does not see her own reading: ${sees.body}`);
    let credentials: { client_id: string; client_secret: string };
    if (kind === 'API key') {
      const made = await walk.world.ask(own, 'POST', `${api}/practitioner_clients`, { label: 'hers' });
      const { key } = made.json<{ key: string }>();
      const [id = '', secret = ''] = Buffer.from(key, 'base64').toString().split(':');
      credentials = { client_id: id, client_secret: secret };
    } else {
      await sql(
        `insert into client (id, client_id, name, client_type, grant_types, client_secret, owner_user_id,
           default_scopes, redirect_uris)
         values (141, 'pias-backend', 'Backend', 'confidential', '{client_credentials}', $1, $2, 'system/*.cruds', '{}')`,
        hashClientSecret(SECRET),
        PIA.user,
      );
      credentials = { client_id: 'pias-backend', client_secret: SECRET };
    }
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...credentials });
    const reply = await walk.world.ask(null, 'POST', '/o/token/', form);
    if (reply.statusCode !== 200) throw new Error(`no token for Pia's ${kind}: ${reply.body}`);
    walk.principals.push({
      name: `Pia's ${kind}`,
      token: reply.json<{ access_token: string }>().access_token,
      reader: { kind: 'anybody' },
      isSuperuser: false,
    });
  });
