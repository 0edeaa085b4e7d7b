import { createHash, randomInt } from 'node:crypto';
import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, invalid, notFound, Refusal } from '../domain/refusal.ts';
import * as clients from '../store/clients.ts';
import * as invitations from '../store/invitations.ts';
import * as patients from '../store/patients.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const TOKEN_LENGTH = 32;

/** 32 characters of [A-Za-z0-9], about 190 bits of chance: the secret of an invitation. */
function makeToken(): string {
  return Array.from({ length: TOKEN_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** What is stored of a token: base64url of its SHA-256, 43 characters. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/**
 * Invites a patient into an app. Whoever opens the link acts as the patient, so it needs a role in an organization of
 * the patient, an app of one of the patient's studies there, and a login without powers of its own (contract 6.1, H-02,
 * H-25). Earlier open invitations to the same app become void. The token is returned this once; its hash is kept.
 */
export async function issueInvitation(
  sight: WritableSight,
  { patientId, clientId }: { patientId: number; clientId: number },
): Promise<{ invitation: invitations.InvitationRow; token: string; invitationUrl: string }> {
  const patient = await patients.get(sight, patientId);
  if (!patient) throw notFound('Patient');
  if ((await patients.managedOrganizationsOf(sight, patientId)).length === 0) throw forbidden(FORBIDDEN);
  const client = await clients.get(sight, clientId);
  if (!client) throw notFound('Client');
  if (patient.userId === null) throw new Refusal('invalid', 'Patient has no associated user account.');
  if (await patients.loginHasPowers(sight, patientId)) {
    throw forbidden(
      'This patient also works with the exchange; an invitation would hand over the powers of that account.',
    );
  }
  if (!(await clients.serves(sight, clientId, patientId))) {
    throw invalid('clientId', "This app belongs to none of the patient's studies in your organizations.");
  }
  const token = makeToken();
  await patients.hold(sight, patientId);
  await invitations.supersede(sight, patientId, clientId);
  const id = await invitations.insert(sight, { patientId, clientId, tokenHash: hashToken(token) });
  const invitation = await invitations.get(sight, id);
  return { invitation: invitation!, token, invitationUrl: client.invitationUrl };
}
