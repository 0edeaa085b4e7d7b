import type { Sealing } from '../../access/sealing.ts';
import { hasOutbox } from '../../config.ts';
import { FORBIDDEN, forbidden, invalid } from '../../domain/refusal.ts';
import type { Deps, GuardedRoute } from '../../face.ts';
import { cancelInvitation } from '../../operations/cancel-invitation.ts';
import { issueInvitation } from '../../operations/issue-invitation.ts';
import * as invitations from '../../store/invitations.ts';
import * as patients from '../../store/patients.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryId, readBody } from '../read-request.ts';
import { newInvitationSchema, presentInvitation } from './wire.ts';

/** What seals the mail that carries a link. */
export type InvitationParts = Readonly<{ sealing: Sealing }>;

/** `/invitation` (6.1, H-02): asking a patient into an app, by whoever manages the patient. */
export function invitationRoutes({ gate, config, sealing }: Deps & InvitationParts): GuardedRoute[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/invitation',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const wanted = readBody(call, newInvitationSchema);
        const issued = await gate.write(principal, purpose(call, 'create', 'invitation'), (sight) =>
          issueInvitation(sight, wanted, {
            siteUrl: config.siteUrl,
            sealing,
            canMail: config.smtp !== null || hasOutbox(config),
          }),
        );
        return {
          status: 201,
          body: {
            ...presentInvitation(issued.invitation, issued.token),
            invitationLink: issued.link,
          },
        };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/invitation',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const patientId = queryId(call, 'patientId');
        if (patientId === undefined) throw invalid('patientId', 'This field is required.');
        const rows = await gate.read(principal, purpose(call, 'search', 'invitation'), async (sight) => {
          if ((await patients.managedOrganizationsOf(sight, patientId)).length === 0)
            throw forbidden(FORBIDDEN);
          return invitations.ofPatient(sight, patientId);
        });
        return {
          body: {
            count: rows.length,
            next: null,
            previous: null,
            results: rows.map((row) => presentInvitation(row)),
          },
        };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/invitation/:id/cancel',
      caller: 'practitioner',
      handle: async (call, principal) => {
        const id = pathId(call, 'Invitation');
        const row = await gate.write(principal, purpose(call, 'update', 'invitation'), (sight) =>
          cancelInvitation(sight, id),
        );
        return { body: presentInvitation(row) };
      },
    },
  ];
}
