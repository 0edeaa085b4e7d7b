import { z } from 'zod';
import type { InvitationRow } from '../../store/invitations.ts';
import { idSchema } from '../read-request.ts';

/** Invitation (3.2). `client_id` is the row of the client. Neither the hash nor, after issuing, the token is told. */
export function presentInvitation(row: InvitationRow, token: string | null = null) {
  return {
    id: row.id,
    patientId: row.patientId,
    client_id: row.clientId,
    token,
    status: row.status,
    issuedAt: row.issuedAt,
    issuedBy: row.issuedBy,
    redeemedAt: row.redeemedAt,
    lastUpdated: row.lastUpdated,
  };
}

const yesOrNo = z.boolean('Must be true or false.').default(false);

export const newInvitationSchema = z
  .object({
    patientId: idSchema,
    clientId: idSchema.optional(),
    client_id: idSchema.optional(),
    sendEmail: yesOrNo,
    /** The link goes to the patient's address and is shown to nobody, not even to whoever invites. */
    emailOnly: yesOrNo,
    /** Whoever opens the link has to know the patient's birth date. */
    askBirthDate: yesOrNo,
  })
  .refine(({ clientId, client_id }) => clientId !== undefined || client_id !== undefined, {
    path: ['client_id'],
    error: 'This field is required.',
    // Said together with the faults of other fields.
    when: () => true,
  })
  .transform(({ clientId, client_id, ...rest }) => ({ ...rest, clientId: clientId ?? client_id! }));
