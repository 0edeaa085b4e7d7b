/** The answers that count now, and everything ever answered (contract section 4). */
import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import type { OrganizationType } from '../domain/organization.ts';
import { type Page, page, type Window } from './page.ts';

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
}>;

/**
 * What enrolled studies ask of a patient, with the answers, by study and in the order it was asked. Only studies in
 * sight: a patient's all, a practitioner's own organizations'.
 */
export function questions(sight: Sight, patientId: number): Promise<QuestionRow[]> {
  return sight.query<QuestionRow>(sql`
    select e.patient_id, s.id as study_id, s.name as study_name, s.description as study_description,
      s.icon_url as study_icon_url, o.id as organization_id, o.name as organization_name, o.type as organization_type,
      k.id as code_id, k.system, k.code, k.text, c.permitted, c.decided_at
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
  enrolled: boolean;
}>;

/** Where the principal stands towards studies in sight, and whether the patient is enrolled there. */
export function standing(
  sight: Sight,
  patientId: number,
  studyIds: readonly number[],
): Promise<StandingRow[]> {
  return sight.query<StandingRow>(sql`
    select s.id as study_id, m.role, exists (
      select 1 from ${sight.enrollments} e where e.study_id = s.id and e.patient_id = ${patientId}) as enrolled
    from ${sight.studies} s
    left join ${sight.memberships} m
      on m.organization_id = s.organization_id and m.practitioner_id = ${sight.principal.practitionerId}
    where s.id = any(${studyIds}::bigint[])`);
}

/** Which questions of a patient this principal may answer now. */
export function answerable(
  sight: Sight,
  patientId: number,
  studyIds: readonly number[],
): Promise<Question[]> {
  return sight.query<Question>(sql`
    select distinct a.study_id, a.code_id from ${sight.answerableSeries} a
    where a.patient_id = ${patientId} and a.study_id = any(${studyIds}::bigint[])`);
}

export type ConsentRow = Readonly<{
  id: number;
  patientId: number;
  studyId: number;
  codeId: number;
  permitted: boolean;
  decidedAt: Date;
}>;

const asked = (patientId: number, questions: readonly Question[]) => sql`
  t.patient_id = ${patientId} and (t.study_id, t.code_id) in (
    select * from unnest(${questions.map((q) => q.studyId)}::bigint[], ${questions.map((q) => q.codeId)}::bigint[]))`;

/**
 * Records first answers, where there is none. Returns those it recorded; it waits for another transaction that is
 * answering the same question, so what it does not return exists and can be held.
 */
export function insertFirst(
  sight: WritableSight,
  patientId: number,
  answers: readonly (Question & Readonly<{ permitted: boolean }>)[],
): Promise<ConsentRow[]> {
  return sight.query<ConsentRow>(sql`
    insert into consent (patient_id, study_id, code_id, permitted, decided_at)
    select t.patient_id, t.study_id, t.code_id, w.permitted, now()
    from (select distinct a.patient_id, a.study_id, a.code_id from ${sight.answerableSeries} a) t
    join unnest(
      ${answers.map((a) => a.studyId)}::bigint[], ${answers.map((a) => a.codeId)}::bigint[],
      ${answers.map((a) => a.permitted)}::boolean[]
    ) as w (study_id, code_id, permitted) on w.study_id = t.study_id and w.code_id = t.code_id
    where t.patient_id = ${patientId}
    order by t.study_id, t.code_id
    on conflict (patient_id, study_id, code_id) do nothing
    returning id, patient_id, study_id, code_id, permitted, decided_at`);
}

/** The answers to these questions, held until the transaction ends; always in one order, so that nobody waits in a circle. */
export function hold(
  sight: WritableSight,
  patientId: number,
  questions: readonly Question[],
): Promise<ConsentRow[]> {
  return sight.query<ConsentRow>(sql`
    select t.id, t.patient_id, t.study_id, t.code_id, t.permitted, t.decided_at
    from ${sight.consents} t
    where ${asked(patientId, questions)}
    order by t.study_id, t.code_id
    for update`);
}

/** Changes held answers to the given one. */
export function change(
  sight: WritableSight,
  patientId: number,
  questions: readonly Question[],
  permitted: boolean,
): Promise<ConsentRow[]> {
  return sight.query<ConsentRow>(sql`
    update consent t set permitted = ${permitted}, decided_at = now()
    where ${asked(patientId, questions)}
      and (t.patient_id, t.study_id, t.code_id) in (
        select a.patient_id, a.study_id, a.code_id from ${sight.answerableSeries} a where a.patient_id = ${patientId})
    returning t.id, t.patient_id, t.study_id, t.code_id, t.permitted, t.decided_at`);
}

/** Takes held answers back: the questions are pending again. */
export function clear(
  sight: WritableSight,
  patientId: number,
  questions: readonly Question[],
): Promise<ConsentRow[]> {
  return sight.query<ConsentRow>(sql`
    delete from consent t
    where ${asked(patientId, questions)}
      and (t.patient_id, t.study_id, t.code_id) in (
        select a.patient_id, a.study_id, a.code_id from ${sight.answerableSeries} a where a.patient_id = ${patientId})
    returning t.id, t.patient_id, t.study_id, t.code_id, t.permitted, t.decided_at`);
}

/** Removes the answers of patients in a study that this principal manages, whatever they were: the enrolment ends. */
export function end(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<ConsentRow[]> {
  return sight.query<ConsentRow>(sql`
    delete from consent t using ${sight.manageableStudies} m
    where m.study_id = ${studyId} and t.study_id = m.study_id and t.patient_id = any(${patientIds}::bigint[])
    returning t.id, t.patient_id, t.study_id, t.code_id, t.permitted, t.decided_at`);
}

export type Decision = 'permit' | 'decline' | 'withdraw' | 'clear' | 'end';
export type ActorRole = 'patient' | 'member' | 'manager' | 'superuser';

export type NewConsentEvent = Readonly<{
  patientId: number;
  studyId: number;
  codeId: number;
  decision: Decision;
  actorRole: ActorRole;
  basis: string | null;
}>;

/** Appends to the history, in the transaction that changes the answers; the database refuses whoever may not answer. */
export async function appendEvents(sight: WritableSight, events: readonly NewConsentEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { userId, clientId } = sight.principal;
  await sight.query(sql`
    insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role, client_id, basis)
    select w.patient_id, w.study_id, w.code_id, w.decision, ${userId}::bigint, w.actor_role, ${clientId}, w.basis
    from unnest(
      ${events.map((e) => e.patientId)}::bigint[], ${events.map((e) => e.studyId)}::bigint[],
      ${events.map((e) => e.codeId)}::bigint[], ${events.map((e) => e.decision)}::text[],
      ${events.map((e) => e.actorRole)}::text[], ${events.map((e) => e.basis)}::text[]
    ) as w (patient_id, study_id, code_id, decision, actor_role, basis)`);
}

export type ConsentEventRow = Readonly<{
  id: number;
  patientId: number;
  studyId: number;
  /** Null when the study is no longer there or out of sight. */
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
}>;

/** What was ever answered by or for a patient, newest first (D-08). */
export function history(sight: Sight, patientId: number, window: Window): Promise<Page<ConsentEventRow>> {
  return page<ConsentEventRow>(sight, {
    columns: sql`v.id, v.patient_id, v.study_id, s.name as study_name, v.code_id, k.system, k.code, k.text, v.decision,
      v.at, v.actor_user_id, v.actor_role, v.client_id, v.basis`,
    from: sql`from ${sight.consentEvents} v
      join ${sight.codes} k on k.id = v.code_id
      left join ${sight.studies} s on s.id = v.study_id
      where v.patient_id = ${patientId}`,
    order: sql`v.id desc`,
    window,
  });
}
