import type { Call, Deps, GuardedRoute } from '../../face.ts';
import { removeMembership, setMembership } from '../../operations/set-membership.ts';
import * as organizations from '../../store/organizations.ts';
import { purpose } from '../purpose.ts';
import { pathId, readBody } from '../read-request.ts';
import { camelBody } from '../request-keys.ts';
import { memberSchema, membershipSchema, presentMembership } from './wire.ts';

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
  ];
}

/** These two routes have said this in their own way from the start, and clients read it. */
const NOBODY = { status: 400, body: { error: 'jhe_user_id is required' } };

function namesNobody(call: Pick<Call, 'body'>): boolean {
  const body = camelBody(call.body ?? {}) as { jheUserId?: unknown };
  return body.jheUserId === undefined || body.jheUserId === null || body.jheUserId === '';
}
