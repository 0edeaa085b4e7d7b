import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

/** An invitation of a patient into an app. The hash of its token never leaves the database. */
export type InvitationRow = Readonly<{
  id: number;
  patientId: number;
  /** The row of the client, not its OAuth name. */
  clientId: number;
  status: 'issued' | 'reissued' | 'redeemed' | 'cancelled' | 'expired';
  issuedAt: Date;
  issuedBy: number | null;
  redeemedAt: Date | null;
  lastUpdated: Date;
}>;

const columns = sql`i.id, i.patient_id, i.client_id, i.status, i.issued_at, i.issued_by, i.redeemed_at, i.last_updated`;

/** The invitations of a manageable patient, newest first. */
export function ofPatient(sight: Sight, patientId: number): Promise<InvitationRow[]> {
  return sight.query<InvitationRow>(sql`
    select ${columns} from ${sight.invitations} i where i.patient_id = ${patientId} order by i.id desc`);
}

/** An invitation of a manageable patient. */
export async function get(sight: Sight, id: number): Promise<InvitationRow | undefined> {
  const [row] = await sight.query<InvitationRow>(
    sql`select ${columns} from ${sight.invitations} i where i.id = ${id}`,
  );
  return row;
}

/** Makes earlier open invitations of the same patient to the same app void. */
export async function supersede(sight: WritableSight, patientId: number, clientId: number): Promise<void> {
  await sight.query(sql`
    update invitation i set status = 'reissued', last_updated = now()
    where i.patient_id = ${patientId} and i.client_id = ${clientId} and i.status = 'issued'
      and i.patient_id in (select m.patient_id from ${sight.manageablePatients} m)`);
}

export async function insert(
  sight: WritableSight,
  invitation: {
    patientId: number;
    /** The organization that keeps the record and gives the link. */
    organizationId: number;
    clientId: number;
    tokenHash: string;
    byEmailOnly: boolean;
    asksBirthDate: boolean;
  },
): Promise<number> {
  const [row] = await sight.query<{ id: number }>(sql`
    insert into invitation (patient_id, organization_id, client_id, token_hash, issued_by, by_email_only, asks_birth_date)
    select m.patient_id, m.organization_id, ${invitation.clientId}::bigint, ${invitation.tokenHash},
      ${sight.principal.userId}::bigint, ${invitation.byEmailOnly}::boolean, ${invitation.asksBirthDate}::boolean
    from ${sight.invitablePatients} m
    where m.patient_id = ${invitation.patientId} and m.organization_id = ${invitation.organizationId}
    returning id`);
  return row!.id;
}

export type InvitationRules = Readonly<{ byEmailOnly: boolean; asksBirthDate: boolean }>;

/** What the settings ask of every invitation. */
export async function rules(sight: WritableSight): Promise<InvitationRules> {
  const [row] = await sight.query<InvitationRules>(sql`select (invitation_rules()).*`);
  return row!;
}

/** Writes to the patient of an invitation that this principal has just issued; false for any other. */
export async function mail(
  sight: WritableSight,
  id: number,
  { subject, body }: { subject: string; body: string },
): Promise<boolean> {
  const [row] = await sight.query<{ sent: boolean }>(
    sql`select mail_invitation(${id}, ${subject}, ${body}) as sent`,
  );
  return row!.sent;
}

/** Takes an open invitation back; false when it is not open. */
export async function cancel(sight: WritableSight, id: number): Promise<boolean> {
  const cancelled = await sight.query(sql`
    update invitation i set status = 'cancelled', last_updated = now()
    where i.id = ${id} and i.status = 'issued'
      and i.patient_id in (select m.patient_id from ${sight.manageablePatients} m)
    returning i.patient_id`);
  return cancelled.length > 0;
}
