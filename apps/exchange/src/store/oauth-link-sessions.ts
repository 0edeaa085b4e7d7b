/**
 * Sessions that came from an invitation link (system role). A row stays when its session has ended: as long as a token of
 * it may be about, it must be known where it came from.
 */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type NewLinkSession = Readonly<{
  grantId: string;
  userId: number;
  patientId: number;
  organizationId: number;
  /** The OAuth client_id. */
  clientId: string;
  invitationId: number;
  at: Date;
}>;

export async function insertLinkSession(sight: Queryable, session: NewLinkSession): Promise<void> {
  await sight.query(sql`
    insert into link_session (grant_id, user_id, patient_id, organization_id, client_id, invitation_id, started_at)
    values (${session.grantId}, ${session.userId}, ${session.patientId}, ${session.organizationId},
      ${session.clientId}, ${session.invitationId}, ${session.at})`);
}

export type LinkGrant = { grantId: string; userId: number };

/** Sessions of this record and client that came from another invitation and whose grant stands. */
export function listEarlierSessions(
  sight: Queryable,
  { patientId, clientId, invitationId }: Pick<NewLinkSession, 'patientId' | 'clientId' | 'invitationId'>,
): Promise<LinkGrant[]> {
  return sight.query<LinkGrant>(sql`
    select l.grant_id, l.user_id
    from link_session l
    join oauth_model g on g.model = 'Grant' and g.id = l.grant_id
    where l.patient_id = ${patientId} and l.client_id = ${clientId}
      and l.invitation_id is distinct from ${invitationId}
    order by l.grant_id`);
}

/**
 * The session that an invitation opened last, if its code waits to be exchanged, with the code held so that whoever
 * exchanges it waits. Undefined: it was exchanged, or nobody can tell any more.
 */
export async function lockUnexchangedSession(
  sight: Queryable,
  invitationId: number,
): Promise<LinkGrant | undefined> {
  const [session] = await sight.query<LinkGrant>(sql`
    select l.grant_id, l.user_id from link_session l
    where l.invitation_id = ${invitationId}
    order by l.started_at desc, l.grant_id limit 1`);
  if (!session) return undefined;
  const [code] = await sight.query<{ consumedAt: Date | null }>(sql`
    select consumed_at from oauth_model
    where model = 'AuthorizationCode' and grant_id = ${session.grantId}
    for update`);
  return code && code.consumedAt === null ? session : undefined;
}
