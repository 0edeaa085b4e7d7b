import type { Sight } from '../access/sight.ts';
import { empty, sql } from '../database/sql.ts';
import { type Page, page, type Window } from './page.ts';

export type AuditEventRow = Readonly<{
  id: number;
  /** 0 when the request returned or changed no patient's rows, or when whose they were is not the reader's to know. */
  patientId: number;
  at: Date;
  requestId: string;
  /** Who acted, once they had proved who they are. */
  userId: number | null;
  /** The account that it was about, where whoever acted had not proved to be its person. */
  subjectUserId: number | null;
  clientId: string | null;
  interaction: string;
  resource: string;
  outcome: 'ok' | 'refused' | 'failed';
  rows: number;
  reason: string | null;
}>;

/** What a passage that returned or changed readings, or counted them, is about. */
const READINGS = 'Observation';

/**
 * The trace in sight, newest first: a patient's own, or everybody's for those who administer. Those read no readings, and
 * do not learn either whose were read: a line about readings shows its patient to that patient alone, and is not found by
 * them.
 */
export function list(
  sight: Sight,
  filter: { patientId?: number | undefined },
  window: Window,
): Promise<Page<AuditEventRow>> {
  const whose = sql`case when a.resource = ${READINGS} and a.patient_id is distinct from ${sight.principal.patientId}::bigint
    then 0 else a.patient_id end`;
  const where = filter.patientId === undefined ? empty : sql`where ${shownOf(filter.patientId)}`;
  /** Lines whose patient is shown as this one: by the key, save for those that are shown of nobody. */
  function shownOf(patientId: number) {
    return patientId === 0 ? sql`${whose} = 0` : sql`a.patient_id = ${patientId} and ${whose} = ${patientId}`;
  }
  return page<AuditEventRow>(sight, {
    columns: sql`a.id, ${whose} as patient_id, a.at, a.request_id, a.user_id, a.client_id, a.interaction, a.resource, a.outcome,
      a.rows, a.reason, a.subject_user_id`,
    from: sql`from ${sight.auditEvents} a ${where}`,
    order: sql`a.id desc`,
    window,
  });
}
