import type { Sight } from '../../access/sight.ts';
import { FORBIDDEN, forbidden, invalid, notFound } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import * as organizations from '../../store/organizations.ts';
import * as patients from '../../store/patients.ts';
import * as practitioners from '../../store/practitioners.ts';
import * as users from '../../store/users.ts';
import { presentOrganization } from '../organizations/wire.ts';
import { presentPage, readPage } from '../page.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryText, readBody } from '../read-request.ts';
import { NOBODY, ownNamesSchema, presentProfile, presentUser } from './wire.ts';

async function requireUser(sight: Sight, id: number): Promise<users.UserRow> {
  const row = await users.get(sight, id);
  if (!row) throw notFound('JheUser');
  return row;
}

/** `/users` (3.3): oneself; others only for superusers, and by exact address for managers. */
export function userRoutes({ gate, config }: Deps): GuardedRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/users/profile',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const body = await gate.read(principal, purpose(call, 'read', 'user'), async (sight) => {
          const user = await requireUser(sight, principal.userId);
          const patient =
            principal.patientId === null ? undefined : await patients.get(sight, principal.patientId);
          const settings =
            principal.practitionerId === null ? undefined : await practitioners.ownSettings(sight);
          return presentProfile(user, patient, settings);
        });
        return { body };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/users/organizations',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const rows = await gate.read(principal, purpose(call, 'search', 'organization'), (sight) =>
          principal.superuser ? organizations.all(sight) : organizations.own(sight),
        );
        return { body: rows.map((row) => presentOrganization(row, principal)) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/users/search_by_email',
      caller: 'practitioner',
      callsPerMinute: 30,
      handle: async (call, principal) => {
        const email = queryText(call, 'email');
        if (email === undefined) throw invalid('email', 'This field is required.');
        const body = await gate.read(principal, purpose(call, 'search', 'user'), async (sight) => {
          if (!(await organizations.governsAny(sight))) throw forbidden(FORBIDDEN);
          const person = await users.findPractitionerByEmail(sight, email);
          if (!person) return NOBODY;
          const visible = await users.get(sight, person.userId);
          // Somebody of other organizations: that there is an account, so that it can be added, and no name.
          return visible
            ? presentUser(visible)
            : presentUser({
                id: person.userId,
                practitionerId: person.practitionerId,
                patientId: null,
                superuser: false,
                email,
                firstName: '',
                lastName: '',
                userType: null,
                active: true,
                joinedAt: new Date(0),
                lastLoginAt: null,
              });
        });
        return { body };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/users',
      caller: 'superuser',
      handle: async (call, principal) => {
        const page = readPage(call);
        const filter = { email: queryText(call, 'email') };
        const found = await gate.read(principal, purpose(call, 'search', 'user'), (sight) =>
          users.list(sight, filter, page),
        );
        return { body: presentPage(config, call, page, found, presentUser) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/users/:id',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, 'JheUser');
        if (id !== principal.userId && !principal.superuser) throw forbidden();
        const row = await gate.read(principal, purpose(call, 'read', 'user'), (sight) =>
          requireUser(sight, id),
        );
        return { body: presentUser(row) };
      },
    },
    {
      method: 'PATCH',
      path: '/api/v1/users/:id',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, 'JheUser');
        if (id !== principal.userId) throw forbidden();
        const names = readBody(call, ownNamesSchema);
        const row = await gate.write(principal, purpose(call, 'update', 'user'), async (sight) => {
          await users.renameSelf(sight, { firstName: names.firstName, lastName: names.lastName });
          return requireUser(sight, id);
        });
        return { body: presentUser(row) };
      },
    },
  ];
}
