import type { AuditEventRow } from '../../store/audit-events.ts';

/**
 * One line of the trace: who did what, through which program, to how many rows of which patient. `subjectUserId` is the
 * account that it was about, where whoever acted had not proved to be its person, as with a wrong password.
 */
export function presentAuditEvent(row: AuditEventRow) {
  return {
    id: row.id,
    time: row.at,
    requestId: row.requestId,
    userId: row.userId,
    subjectUserId: row.subjectUserId,
    clientId: row.clientId,
    patientId: row.patientId === 0 ? null : row.patientId,
    interaction: row.interaction,
    resource: row.resource,
    outcome: row.outcome,
    rows: row.rows,
    reason: row.reason,
  };
}
