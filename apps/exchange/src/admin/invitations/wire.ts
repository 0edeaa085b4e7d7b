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

/**
 * The link a patient opens (6.1): `CODE` in the app's invitation URL becomes `<host>_<token>`, percent-encoded.
 * A function as replacement, because `$` has a meaning in a text.
 */
export function invitationLink(invitationUrl: string, siteUrl: string, token: string): string {
  const code = encodeURIComponent(`${new URL(siteUrl).host}_${token}`);
  return invitationUrl.replace('CODE', () => code);
}

export const newInvitationSchema = z
  .object({
    patientId: idSchema,
    clientId: idSchema.optional(),
    client_id: idSchema.optional(),
    sendEmail: z.boolean('Must be true or false.').optional(),
  })
  .transform(({ patientId, sendEmail, ...client }, context) => {
    const clientId = client.clientId ?? client.client_id;
    if (clientId !== undefined) return { patientId, clientId, sendEmail: sendEmail ?? false };
    context.addIssue({ code: 'custom', path: ['client_id'], message: 'This field is required.' });
    return z.NEVER;
  });
