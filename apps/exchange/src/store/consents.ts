/** The answers that count now, and everything ever answered (contract section 4). */
import type { Sight, WritableSight } from '../access/sight.ts';
import { empty, join, type Sql, sql } from '../database/sql.ts';
import type { OrganizationType } from '../domain/organization.ts';
import { type Page, page, type Window } from './page.ts';

/** Whether an answer counts at this moment: the test of the rule's open_consent. */
function opensNow(consent: Sql): Sql {
  return sql`(${consent}.opens and (${consent}.ends_at is null or ${consent}.ends_at > now()))`;
}

/** One question to an enrolled patient and its answer; `permitted` is null while it is pending. */
export type QuestionRow = Readonly<{
  patientId: number;
  studyId: number;
  studyName: string;
  studyDescription: string;
  studyIconUrl: string | null;
  organizationId: number;
  organizationName: string;
  organizationType: OrganizationType;
  codeId: number;
  system: string;
  code: string;
  text: string;
  permitted: boolean | null;
  decidedAt: Date | null;
  /** The person's own answer, given in a proved session; null while it is pending. */
  own: boolean | null;
  /** Whether it counts now: an attested yes may wait, or have stopped counting, and any may be past its end. */
  opens: boolean | null;
  recordedBy: number | null;
  /** On what ground somebody else answered. */
  basis: string | null;
  endsAt: Date | null;
  /** The study as it stands now, and as it was answered. */
  studyVersion: number;
  answeredVersion: number | null;
}>;

/**
 * What enrolled studies ask of a patient, with the answers, by study and in the order it was asked. Only studies in
 * sight: a patient's all, a practitioner's own organizations'.
 */
export function questions(sight: Sight, patientId: number): Promise<QuestionRow[]> {
  return sight.query<QuestionRow>(sql`
    select e.patient_id, s.id as study_id, s.name as study_name, s.description as study_description,
      s.icon_url as study_icon_url, o.id as organization_id, o.name as organization_name, o.type as organization_type,
      k.id as code_id, k.system, k.code, k.text, c.permitted, c.decided_at, c.own, ${opensNow(sql`c`)} as opens,
      c.recorded_by, c.basis, c.ends_at, s.version as study_version, c.study_version as answered_version
    from ${sight.enrollments} e
    join ${sight.studies} s on s.id = e.study_id
    join ${sight.organizations} o on o.id = s.organization_id
    join ${sight.requestedCodes} r on r.study_id = s.id
    join ${sight.codes} k on k.id = r.code_id
    left join ${sight.consents} c on c.patient_id = e.patient_id and c.study_id = s.id and c.code_id = k.id
    where e.patient_id = ${patientId}
    order by s.id, r.id`);
}

/** A question by what it is about: one series of the patient, asked for by one study. */
export type Question = Readonly<{ studyId: number; codeId: number }>;

/** Why a question can or cannot be answered by this principal. */
export type StandingRow = Readonly<{
  studyId: number;
  /** The principal's role in the study's organization. */
  role: 'viewer' | 'member' | 'manager' | null;
  /** The patient's enrolment in the study; null when there is none. */
  enrollmentId: number | null;
  /** The study's own, as it stands now. */
  version: number;
  endsAt: Date | null;
}>;

/** Where the principal stands towards studies in sight, and whether the patient is enrolled there. */
export function standing(
  sight: Sight,
  patientId: number,
  studyIds: readonly number[],
): Promise<StandingRow[]> {
  return sight.query<StandingRow>(sql`
    select s.id as study_id, m.role, s.version, s.ends_at, (
      select e.id from ${sight.enrollments} e
      where e.study_id = s.id and e.patient_id = ${patientId}) as enrollment_id
    from ${sight.studies} s
    left join ${sight.memberships} m
      on m.organization_id = s.organization_id and m.practitioner_id = ${sight.principal.practitionerId}
    where s.id = any(${studyIds}::bigint[])`);
}

/** How this principal may answer a question of a patient. */
export type WayRow = Question &
  Readonly<{ way: 'person' | 'link' | 'permit by link' | 'attest' | 'decline' }>;

/** The ways in which this principal may answer questions of these studies now; a question without a row is not theirs. */
export function ways(sight: Sight, patientId: number, studyIds: readonly number[]): Promise<WayRow[]> {
  const of = (relation: Sql, way: WayRow['way']) => sql`
    select distinct q.study_id, q.code_id, ${way} as way from ${relation} q
    where q.patient_id = ${patientId} and q.study_id = any(${studyIds}::bigint[])`;
  return sight.query<WayRow>(
    join(
      [
        of(sight.ownQuestions, 'person'),
        of(sight.linkQuestions, 'link'),
        of(sight.linkPermittable, 'permit by link'),
        of(sight.attestableQuestions, 'attest'),
        of(sight.declinableQuestions, 'decline'),
      ],
      ' union all ',
    ),
  );
}

export type ConsentRow = Readonly<{
  id: number;
  patientId: number;
  studyId: number;
  codeId: number;
  permitted: boolean;
  decidedAt: Date;
  own: boolean;
  opens: boolean;
  /** When a yes stops counting; a no has no end. */
  endsAt: Date | null;
}>;

const asked = (patientId: number, questions: readonly Question[]) => sql`
  t.patient_id = ${patientId} and (t.study_id, t.code_id) in (
    select * from unnest(${questions.map((q) => q.studyId)}::bigint[], ${questions.map((q) => q.codeId)}::bigint[]))`;

const columns = sql`t.id, t.patient_id, t.study_id, t.code_id, t.permitted, t.decided_at, t.own,
  ${opensNow(sql`t`)} as opens, t.ends_at`;

/** The answers to these questions, as far as they are in sight. Whoever changes them holds the person. */
export function get(sight: Sight, patientId: number, questions: readonly Question[]): Promise<ConsentRow[]> {
  return sight.query<ConsentRow>(sql`
    select ${columns} from ${sight.consents} t
    where ${asked(patientId, questions)}
    order by t.study_id, t.code_id`);
}

/** An answer to be recorded. */
export type NewAnswer = Question &
  Readonly<{
    permitted: boolean;
    own: boolean;
    basis: string | null;
    /** The grant of the link's session in which it is given. */
    linkSession: string | null;
    /** Before the study's own end; null: not before. */
    endsAt: Date | null;
  }>;

const answers = (rows: readonly NewAnswer[]) => sql`unnest(
  ${rows.map((r) => r.studyId)}::bigint[], ${rows.map((r) => r.codeId)}::bigint[],
  ${rows.map((r) => r.permitted)}::boolean[], ${rows.map((r) => r.own)}::boolean[],
  ${rows.map((r) => r.basis)}::text[], ${rows.map((r) => r.linkSession)}::text[],
  ${rows.map((r) => r.endsAt)}::timestamptz[]
) as w (study_id, code_id, permitted, own, basis, link_session, ends_at)`;

/** A yes ends with the study, or before. */
const endOf = sql`case when w.permitted then least(w.ends_at, s.ends_at) end`;

/** Records first answers. An answer belongs to what was asked: it ends with the study, and keeps the study's version. */
export function insert(
  sight: WritableSight,
  patientId: number,
  rows: readonly NewAnswer[],
): Promise<ConsentRow[]> {
  if (rows.length === 0) return Promise.resolve([]);
  return sight.query<ConsentRow>(sql`
    insert into consent as t (patient_id, study_id, code_id, permitted, opens, own, decided_at, ends_at, recorded_by, basis,
      link_session, study_version)
    select ${patientId}::bigint, w.study_id, w.code_id, w.permitted, w.permitted, w.own, now(),
      ${endOf}, ${sight.principal.userId}::bigint, w.basis, w.link_session, s.version
    from ${answers(rows)} join ${sight.studies} s on s.id = w.study_id
    order by w.study_id, w.code_id
    returning ${columns}`);
}

/** Changes answers. A no of others to what she answered herself leaves it hers: she alone turns it back. */
export function change(
  sight: WritableSight,
  patientId: number,
  rows: readonly NewAnswer[],
): Promise<ConsentRow[]> {
  if (rows.length === 0) return Promise.resolve([]);
  return sight.query<ConsentRow>(sql`
    update consent t
    set permitted = w.permitted, opens = w.permitted, own = w.own or (t.own and not w.permitted), decided_at = now(),
      ends_at = ${endOf}, recorded_by = ${sight.principal.userId}::bigint, basis = w.basis,
      link_session = w.link_session, study_version = s.version
    from ${answers(rows)} join ${sight.studies} s on s.id = w.study_id
    where t.patient_id = ${patientId} and t.study_id = w.study_id and t.code_id = w.code_id
    returning ${columns}`);
}

/** Takes answers back: the questions are pending again. */
export function clear(
  sight: WritableSight,
  patientId: number,
  questions: readonly Question[],
): Promise<ConsentRow[]> {
  if (questions.length === 0) return Promise.resolve([]);
  return sight.query<ConsentRow>(sql`
    delete from consent t where ${asked(patientId, questions)} returning ${columns}`);
}

/**
 * Keeps that the person said no to these questions, for good: what others attested to the same measures in any study of
 * those organizations stops counting (rule/05, decline_measures).
 */
export async function declineMeasures(
  sight: WritableSight,
  patientId: number,
  questions: readonly Question[],
): Promise<void> {
  if (questions.length === 0) return;
  await sight.query(sql`
    select decline_measures(${patientId}, ${questions.map((q) => q.studyId)}::bigint[],
      ${questions.map((q) => q.codeId)}::bigint[])::text as declined`);
}

/** What ends: all answers in a study, or those of some patients, or those to one code. */
export type Ending = Readonly<{
  studyId: number;
  patientIds?: readonly number[] | undefined;
  codeId?: number | undefined;
}>;

/** Removes answers in a study that this principal manages, whatever they were: what they were given for is over. */
export function end(sight: WritableSight, { studyId, patientIds, codeId }: Ending): Promise<ConsentRow[]> {
  return sight.query<ConsentRow>(sql`
    delete from consent t using ${sight.manageableStudies} m
    where m.study_id = ${studyId} and t.study_id = m.study_id
      ${patientIds === undefined ? empty : sql`and t.patient_id = any(${patientIds}::bigint[])`}
      ${codeId === undefined ? empty : sql`and t.code_id = ${codeId}`}
    returning ${columns}`);
}

/** `end`: what it was given for is over. `close`: an attested yes that stopped counting. */
export type Decision = 'permit' | 'decline' | 'withdraw' | 'clear' | 'end' | 'close';
export type ActorRole = 'patient' | 'member' | 'manager' | 'superuser';

export type NewConsentEvent = Readonly<{
  patientId: number;
  studyId: number;
  codeId: number;
  decision: Decision;
  actorRole: ActorRole;
  basis: string | null;
  /** The person's own, in a proved session. */
  own: boolean;
  /** Of a yes, where it is to end before the study. */
  endsAt?: Date | null;
}>;

/**
 * Appends to the history in this order, in the transaction that changes the answers; the database refuses whoever may not
 * answer.
 */
export async function appendEvents(sight: WritableSight, events: readonly NewConsentEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { userId, clientId } = sight.principal;
  await sight.query(sql`
    insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role, client_id, basis, own,
      study_version, study_name, ends_at)
    select w.patient_id, w.study_id, w.code_id, w.decision, ${userId}::bigint, w.actor_role, ${clientId}, w.basis, w.own,
      s.version, s.name, case when w.decision = 'permit' then least(w.ends_at, s.ends_at) end
    from unnest(
      ${events.map((e) => e.patientId)}::bigint[], ${events.map((e) => e.studyId)}::bigint[],
      ${events.map((e) => e.codeId)}::bigint[], ${events.map((e) => e.decision)}::text[],
      ${events.map((e) => e.actorRole)}::text[], ${events.map((e) => e.basis)}::text[],
      ${events.map((e) => e.own)}::boolean[], ${events.map((e) => e.endsAt ?? null)}::timestamptz[]
    ) with ordinality as w (patient_id, study_id, code_id, decision, actor_role, basis, own, ends_at, place)
    left join ${sight.studies} s on s.id = w.study_id
    order by w.place`);
}

export type ConsentEventRow = Readonly<{
  id: number;
  patientId: number;
  studyId: number;
  /** As it is, or as it was then; null where nobody kept it. */
  studyName: string | null;
  codeId: number;
  system: string;
  code: string;
  text: string;
  decision: Decision;
  at: Date;
  actorUserId: number;
  actorRole: ActorRole;
  clientId: string | null;
  basis: string | null;
  own: boolean;
  studyVersion: number | null;
  /** Until when a yes was given. */
  endsAt: Date | null;
}>;

/** What was ever answered by or for a patient, newest first (D-08). */
export function history(sight: Sight, patientId: number, window: Window): Promise<Page<ConsentEventRow>> {
  return page<ConsentEventRow>(sight, {
    columns: sql`v.id, v.patient_id, v.study_id, coalesce(s.name, v.study_name) as study_name, v.code_id, k.system, k.code, k.text, v.decision,
      v.at, v.actor_user_id, v.actor_role, v.client_id, v.basis, v.own, v.study_version, v.ends_at`,
    from: sql`from ${sight.consentEvents} v
      join ${sight.codes} k on k.id = v.code_id
      left join ${sight.studies} s on s.id = v.study_id
      where v.patient_id = ${patientId}`,
    order: sql`v.id desc`,
    window,
  });
}
