/** A session as an invitation link begins it, for tests that need one without redeeming a link. */
import type { TestExchange } from './exchange.ts';

export type LinkSessionOptions = Readonly<{
  userId: number;
  patientId: number;
  /** The organization that gave the link. */
  organizationId: number;
  /** The OAuth client_id of the app that the link leads to. */
  clientId: string;
  /** The grant that its tokens name. Default: one made of the patient and the app. */
  grantId?: string;
}>;

/** Remembers a session of a link and returns its grant: a token that is minted with it (`grantId`) is of that session. */
export async function openLinkSession(
  { database }: Pick<TestExchange, 'database'>,
  {
    userId,
    patientId,
    organizationId,
    clientId,
    grantId = `link-${patientId}-${clientId}`,
  }: LinkSessionOptions,
): Promise<string> {
  await database.owner.query(
    `insert into link_session (grant_id, user_id, patient_id, organization_id, client_id) values ($1, $2, $3, $4, $5)`,
    [grantId, userId, patientId, organizationId, clientId],
  );
  return grantId;
}
