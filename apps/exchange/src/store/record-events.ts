/** What happened to a person's record, for that person to see; a job tells it by mail (jobs/tell-people.ts). */
import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import { type Page, page, type Window } from './page.ts';

export type RecordEventKind =
  | 'proposed'
  | 'enrolled'
  | 'unenrolled'
  | 'attested'
  | 'link-issued'
  | 'link-opened'
  | 'corrected'
  | 'proved'
  | 'joined'
  | 'left'
  | 'staff-declined'
  | 'asked-again'
  | 'manager-appointed'
  | 'address-changed';

export type NewRecordEvent = Readonly<{
  patientId: number;
  kind: RecordEventKind;
  organizationId?: number | undefined;
  studyId?: number | undefined;
  /** Ids and names of fields; never a value. */
  detail?: Readonly<Record<string, unknown>> | undefined;
}>;

/**
 * Appends what the acting person does, in the transaction of the deed, under the names of the day: before what ends is out
 * of the person's sight.
 */
export async function append(sight: WritableSight, events: readonly NewRecordEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { userId, clientId } = sight.principal;
  await sight.query(sql`
    insert into record_event (patient_id, kind, organization_id, study_id, actor_user_id, client_id, detail,
      organization_name, study_name)
    select w.patient_id, w.kind, w.organization_id, w.study_id, ${userId}::bigint, ${clientId}, w.detail, o.name, s.name
    from unnest(
      ${events.map((e) => e.patientId)}::bigint[], ${events.map((e) => e.kind)}::text[],
      ${events.map((e) => e.organizationId ?? null)}::bigint[], ${events.map((e) => e.studyId ?? null)}::bigint[],
      ${events.map((e) => JSON.stringify(e.detail ?? {}))}::jsonb[]
    ) as w (patient_id, kind, organization_id, study_id, detail)
    left join ${sight.organizations} o on o.id = w.organization_id
    left join ${sight.studies} s on s.id = w.study_id`);
}

export type RecordEventRow = Readonly<{
  id: number;
  patientId: number;
  at: Date;
  kind: RecordEventKind;
  organizationId: number | null;
  /** As it is, or as it was then; null where nobody kept it. */
  organizationName: string | null;
  studyId: number | null;
  /** Likewise. */
  studyName: string | null;
  actorUserId: number | null;
  clientId: string | null;
  detail: Record<string, unknown>;
}>;

/** What happened to one's own record, newest first. */
export function ofPatient(sight: Sight, patientId: number, window: Window): Promise<Page<RecordEventRow>> {
  return page<RecordEventRow>(sight, {
    columns: sql`v.id, v.patient_id, v.at, v.kind, v.organization_id, coalesce(o.name, v.organization_name) as organization_name,
      v.study_id, coalesce(s.name, v.study_name) as study_name, v.actor_user_id, v.client_id, v.detail`,
    from: sql`from ${sight.recordEvents} v
      left join ${sight.organizations} o on o.id = v.organization_id
      left join ${sight.studies} s on s.id = v.study_id
      where v.patient_id = ${patientId}`,
    order: sql`v.id desc`,
    window,
  });
}
