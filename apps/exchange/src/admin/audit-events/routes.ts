import { forbidden } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import * as auditEvents from '../../store/audit-events.ts';
import { presentPage, readPage } from '../page.ts';
import { purpose } from '../purpose.ts';
import { queryId } from '../read-request.ts';
import { presentAuditEvent } from './wire.ts';

/** `/audit_events` (H-46): a patient's own trace, or everybody's for those who administer; newest first. */
export function auditEventRoutes({ gate, config }: Deps): GuardedRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/audit_events',
      caller: 'signed-in',
      handle: async (call, principal) => {
        if (principal.patientId === null && !principal.superuser) {
          throw forbidden('Only patients and administrators can read the trace.');
        }
        const page = readPage(call);
        const filter = { patientId: queryId(call, 'patientId') };
        const found = await gate.read(principal, purpose(call, 'search', 'audit event'), (sight) =>
          auditEvents.list(sight, filter, page),
        );
        return { body: presentPage(config, call, page, found, presentAuditEvent) };
      },
    },
  ];
}
