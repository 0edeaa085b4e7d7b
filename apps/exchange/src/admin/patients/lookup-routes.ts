import { FORBIDDEN, forbidden, Refusal } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import { addPatientToOrganization } from '../../operations/add-patient-to-organization.ts';
import * as clients from '../../store/clients.ts';
import * as invitations from '../../store/invitations.ts';
import * as organizations from '../../store/organizations.ts';
import * as patients from '../../store/patients.ts';
import { presentClient } from '../clients/wire.ts';
import { presentInvitation } from '../invitations/wire.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryId, queryText } from '../read-request.ts';
import { requirePatient } from './routes.ts';
import { presentPatient } from './wire.ts';

/** Guessing addresses or ids is slow. */
const CALLS_PER_MINUTE = 30;

/** Finding a patient of one's organizations by address; their apps and invitations (3.7). */
export function patientLookupRoutes({ gate }: Deps): GuardedRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/patients/global_lookup',
      caller: 'practitioner',
      callsPerMinute: CALLS_PER_MINUTE,
      handle: async (call, principal) => {
        const email = queryText(call, 'email');
        if (email === undefined) throw new Refusal('invalid', 'email parameter required');
        const found = await gate.read(principal, purpose(call, 'search', 'patient'), async (sight) => {
          const visible = await patients.withEmail(sight, email);
          // Of elsewhere nobody learns anything: they are reached by making a record and inviting.
          if (visible.length === 0 && !(await organizations.manages(sight))) throw forbidden(FORBIDDEN);
          return visible.map(presentPatient);
        });
        return { body: found };
      },
    },
    {
      method: 'PATCH',
      path: '/api/v1/patients/:id/global_add_organization',
      caller: 'practitioner',
      callsPerMinute: CALLS_PER_MINUTE,
      handle: async (call, principal) => {
        const id = pathId(call, 'Patient');
        const organizationId = queryId(call, 'organizationId');
        if (organizationId === undefined) throw new Refusal('invalid', 'organizationId parameter required');
        return gate.write(principal, purpose(call, 'update', 'patient'), (sight) =>
          addPatientToOrganization(sight, id, organizationId),
        );
      },
    },
    {
      method: 'GET',
      path: '/api/v1/patients/:id/consolidated_clients',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const id = pathId(call, 'Patient');
        const { apps, invited } = await gate.read(
          principal,
          purpose(call, 'read', 'patient'),
          async (sight) => {
            await requirePatient(sight, id, FORBIDDEN);
            return {
              apps: await clients.ofPatient(sight, id),
              invited: await invitations.ofPatient(sight, id),
            };
          },
        );
        return {
          body: apps.map((app) => ({
            ...presentClient(app),
            patientInvitations: invited
              .filter((row) => row.clientId === app.id)
              .map((row) => presentInvitation(row)),
          })),
        };
      },
    },
  ];
}
