import { notFound } from '../../domain/refusal.ts';
import type { Call, Deps, GuardedRoute } from '../../face.ts';
import { removeMembership, setMembership, settleAppointment } from '../../operations/set-membership.ts';
import * as memberships from '../../store/memberships.ts';
import * as organizations from '../../store/organizations.ts';
import { purpose } from '../purpose.ts';
import { pathId, readBody } from '../read-request.ts';
import { camelBody } from '../request-keys.ts';
import {
  memberSchema,
  membershipSchema,
  presentAppointment,
  presentMembership,
  settleSchema,
} from './wire.ts';

/** Who belongs to an organization, and in which role (3.6). The organization's managers decide. */
export function memberRoutes({ gate }: Deps): GuardedRoute[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/organizations/:id/user',
      caller: 'practitioner',
      handle: async (call, principal) => {
        if (namesNobody(call)) return NOBODY;
        const organizationId = pathId(call, 'Organization');
        const { userId, role } = readBody(call, membershipSchema);
        const { membership, created, organization } = await gate.write(
          principal,
          purpose(call, 'update', 'practitioner'),
          async (sight) => ({
            ...(await setMembership(sight, { organizationId, userId, role })),
            organization: await organizations.get(sight, organizationId),
          }),
        );
        // A superuser's proposal: a manager of the organization decides.
        if (membership === null) return { status: 202, body: { detail: WAITS } };
        return { status: created ? 201 : 200, body: presentMembership(membership, organization, userId) };
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/organizations/:id/remove_user',
      caller: 'practitioner',
      handle: async (call, principal) => {
        if (namesNobody(call)) return NOBODY;
        const organizationId = pathId(call, 'Organization');
        const { jheUserId } = readBody(call, memberSchema);
        await gate.write(principal, purpose(call, 'delete', 'practitioner'), (sight) =>
          removeMembership(sight, { organizationId, userId: jheUserId }),
        );
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/organizations/:id/appointments',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const rows = await gate.read(principal, purpose(call, 'search', 'practitioner'), (sight) =>
          memberships.appointments(sight, pathId(call, 'Organization')),
        );
        return { body: rows.map(presentAppointment) };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/organizations/:id/appointments/:appointment',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const organizationId = pathId(call, 'Organization');
        const id = Number(call.params.appointment);
        if (!Number.isSafeInteger(id)) throw notFound('Appointment');
        const { accept } = readBody(call, settleSchema);
        await gate.write(principal, purpose(call, 'update', 'practitioner'), (sight) =>
          settleAppointment(sight, { organizationId, id, accept }),
        );
        return { status: 204 };
      },
    },
  ];
}

const WAITS =
  'A manager of the organization has been asked: administering is not enough to appoint somebody where there is a manager.';

/** These two routes have said this in their own way from the start, and clients read it. */
const NOBODY = { status: 400, body: { error: 'jhe_user_id is required' } };

function namesNobody(call: Pick<Call, 'body'>): boolean {
  const body = camelBody(call.body ?? {}) as { jheUserId?: unknown };
  return body.jheUserId === undefined || body.jheUserId === null || body.jheUserId === '';
}
