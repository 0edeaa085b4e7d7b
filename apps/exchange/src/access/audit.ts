import type { Connection } from '../database/pool.ts';
import type { Principal } from '../domain/principal.ts';

/** FHIR R5 AuditEvent's view of what was done: an interaction on a kind of resource. */
export type Interaction = 'read' | 'search' | 'create' | 'update' | 'delete';

/** What a passage through the gate is for. `resource` is a FHIR type: it is also what the grants are checked for. */
export type Purpose = Readonly<{
  requestId: string;
  interaction: Interaction;
  resource: string;
  reason?: string;
}>;

export type Outcome = 'ok' | 'refused' | 'failed';

/** Whose rows a transaction returned, and how many. Filled by the gate as rows pass through it. */
export class Trace {
  readonly rowsByPatient = new Map<number, number>();

  note(rows: readonly object[]): void {
    for (const row of rows) {
      const patientId = (row as { patientId?: unknown }).patientId;
      if (typeof patientId === 'number') {
        this.rowsByPatient.set(patientId, (this.rowsByPatient.get(patientId) ?? 0) + 1);
      }
    }
  }
}

/**
 * Appends to the audit trail inside the transaction it speaks about: one row for each patient whose rows were returned
 * or changed, or a single row without a patient. It fails, and the transaction with it, rather than leave no trace.
 */
export async function appendAuditEvents(
  connection: Connection,
  principal: Pick<Principal, 'userId' | 'clientId'>,
  purpose: Purpose,
  outcome: Outcome,
  trace: Trace,
  role = 'jhe_reader',
): Promise<void> {
  const patients = trace.rowsByPatient.size === 0 ? [[0, 0]] : [...trace.rowsByPatient];
  await connection.query({
    // A plan is of one role.
    name: `append-audit-events-${role}`,
    text: `insert into audit_event (patient_id, request_id, user_id, client_id, interaction, resource, outcome, rows, reason)
           select u.patient_id, $1, $2, $3, $4, $5, $6, u.rows, $7
           from unnest($8::bigint[], $9::integer[]) as u (patient_id, rows)`,
    values: [
      purpose.requestId,
      principal.userId,
      principal.clientId,
      purpose.interaction,
      purpose.resource,
      outcome,
      purpose.reason ?? null,
      patients.map(([patientId]) => patientId),
      patients.map(([, rows]) => rows),
    ],
  });
}
