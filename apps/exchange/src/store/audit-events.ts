import type { Sight } from '../access/sight.ts';
import { empty, sql } from '../database/sql.ts';
import { type Page, page, type Window } from './page.ts';

export type AuditEventRow = Readonly<{
  id: number;
  /** 0 when the request returned or changed no patient's rows. */
  patientId: number;
  at: Date;
  requestId: string;
  userId: number | null;
  clientId: string | null;
  interaction: string;
  resource: string;
  outcome: 'ok' | 'refused' | 'failed';
  rows: number;
  reason: string | null;
}>;

/** The trace in sight, newest first: a patient's own, or everybody's for those who administer. */
export function list(
  sight: Sight,
  filter: { patientId?: number | undefined },
  window: Window,
): Promise<Page<AuditEventRow>> {
  const where = filter.patientId === undefined ? empty : sql`where a.patient_id = ${filter.patientId}`;
  return page<AuditEventRow>(sight, {
    columns: sql`a.id, a.patient_id, a.at, a.request_id, a.user_id, a.client_id, a.interaction, a.resource, a.outcome,
      a.rows, a.reason`,
    from: sql`from ${sight.auditEvents} a ${where}`,
    order: sql`a.id desc`,
    window,
  });
}
