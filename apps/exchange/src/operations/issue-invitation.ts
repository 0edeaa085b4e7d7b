import { createHash, randomInt } from 'node:crypto';
import { SEALED_FOR, type Sealing } from '../access/sealing.ts';
import type { WritableSight } from '../access/sight.ts';
import { invitationLink } from '../domain/invitation.ts';
import { FORBIDDEN, forbidden, invalid, notFound } from '../domain/refusal.ts';
import * as clients from '../store/clients.ts';
import * as invitations from '../store/invitations.ts';
import { holdPeople } from '../store/locks.ts';
import * as patients from '../store/patients.ts';
import * as recordEvents from '../store/record-events.ts';

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

export type WantedInvitation = Readonly<{
  patientId: number;
  clientId: number;
  /** The link is sent to the patient's address. */
  sendEmail: boolean;
  /** It is sent, and told to nobody else: whoever invites never holds it (H-48). */
  emailOnly: boolean;
  askBirthDate: boolean;
}>;

export type IssuedInvitation = Readonly<{
  invitation: invitations.InvitationRow;
  /** Null, both of them, when the patient alone is to have them. */
  token: string | null;
  link: string | null;
}>;

/**
 * Invites a patient into an app. Whoever opens the link acts for the organization that gave it: so it exists only for a
 * record in that organization's keeping, and for an app of one of the patient's studies there (contract 6.1, H-02,
 * H-25). A person who keeps the record signs in instead. Earlier open invitations to the same app become void. The token is returned this once, or never; its hash is
 * kept. Settings may make what is optional the rule. `canMail` is false where mail would reach nobody; `sealing` is for
 * the mail that waits.
 */
export async function issueInvitation(
  sight: WritableSight,
  { patientId, clientId, ...wanted }: WantedInvitation,
  { siteUrl, canMail, sealing }: { siteUrl: string; canMail: boolean; sealing: Sealing },
): Promise<IssuedInvitation> {
  const patient = await patients.get(sight, patientId);
  if (!patient) throw notFound('Patient');
  await holdPeople(sight, [patientId], 'exclusive');
  const organizationId = await patients.invitableAt(sight, patientId);
  if (organizationId === undefined) {
    if ((await patients.managedOrganizationsOf(sight, patientId)).length === 0) throw forbidden(FORBIDDEN);
    throw forbidden(
      'A link can be given out only by the staff of the organization that keeps the record. This patient signs in to the app instead.',
    );
  }
  const client = await clients.get(sight, clientId);
  if (!client) throw notFound('Client');
  if (!(await clients.serves(sight, clientId, patientId))) {
    throw invalid('clientId', "This app belongs to none of the patient's studies in your organizations.");
  }
  const rules = await invitations.rules(sight);
  const byEmailOnly = wanted.emailOnly || rules.byEmailOnly;
  const asksBirthDate = wanted.askBirthDate || rules.asksBirthDate;
  const isMailed = wanted.sendEmail || byEmailOnly;
  const mailField = byEmailOnly ? 'emailOnly' : 'sendEmail';
  if (isMailed && !canMail) throw invalid(mailField, NO_MAIL);
  if (isMailed && patient.telecomEmail === null)
    throw invalid(mailField, rules.byEmailOnly ? NO_ADDRESS_BY_RULE : NO_ADDRESS);
  if (asksBirthDate && patient.birthDate === null) {
    throw invalid(
      'askBirthDate',
      'The birth date of this patient is not recorded, so it cannot be asked for.',
    );
  }

  const token = makeToken();
  const link = invitationLink(client.invitationUrl, siteUrl, token);
  await invitations.supersede(sight, patientId, clientId);
  const tokenHash = hashToken(token);
  const id = await invitations.insert(sight, {
    patientId,
    organizationId,
    clientId,
    tokenHash,
    byEmailOnly,
    asksBirthDate,
  });
  await recordEvents.append(sight, [
    { patientId, kind: 'link-issued', organizationId, detail: { client: client.name } },
  ]);
  const invitation = await invitations.get(sight, id);
  if (isMailed) {
    const { subject, body } = invitationMail(patient, client, { link, asksBirthDate });
    // Of a record in keeping the address that is shown is the one that is written to: `mail_invitation`.
    const sealed = sealing.seal(body, SEALED_FOR.mail(patient.telecomEmail ?? ''));
    if (!(await invitations.mail(sight, id, { subject, body: sealed })))
      throw new Error('an invitation that was just issued could not be mailed');
  }
  return { invitation: invitation!, ...(byEmailOnly ? { token: null, link: null } : { token, link }) };
}

const NO_MAIL = 'This exchange is not set up to send mail.';
const NO_ADDRESS = 'No address of this patient is recorded, so the link can be shown, but not mailed.';
const NO_ADDRESS_BY_RULE =
  'No address of this patient is recorded, and this exchange shows no links: it only mails them.';

/** The mail of contract 6.1. It names the app, and no study: who has what is not for a mailbox. */
function invitationMail(
  patient: { nameGiven: string | null },
  client: { name: string },
  { link, asksBirthDate }: { link: string; asksBirthDate: boolean },
) {
  const name = oneLine(patient.nameGiven ?? '');
  return {
    subject: 'JHE Invitation',
    body: [
      name === '' ? 'Hello,' : `Hello ${name},`,
      '',
      `you are invited to use ${oneLine(client.name)} with JupyterHealth Exchange. There you decide which of your readings you share, and you can stop at any time.`,
      '',
      'Open this link on the phone or computer that you want to use:',
      '',
      link,
      '',
      'The link works for a few days. Whoever opens it acts for you, so please do not pass it on.',
      ...(asksBirthDate ? ['You will be asked for your birth date.'] : []),
      '',
      'If you do not know what this is about, do not open the link, and ask the people who look after you.',
    ].join('\n'),
  };
}

/** Names are written by others: none of them adds a line of its own to the mail. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 100);
