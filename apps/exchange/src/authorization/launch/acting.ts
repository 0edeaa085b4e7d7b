/** A signed-in person at the authorization server's own pages, looking through the gate like anybody else. */
import { randomUUID } from 'node:crypto';
import { errors } from 'oidc-provider';
import type { Interaction } from '../../access/audit.ts';
import type { Sight } from '../../access/sight.ts';
import type { Session } from '../../domain/principal.ts';
import type { Parts } from '../parts.ts';

/** Whose patients are looked at, in which session of ours, and on the way to which client. */
export type Looker = Readonly<{ accountId: string; clientId: string; sessionUid: string }>;

/** What the database knows a session of our own pages by: only who signed in has one, so no link leads there. */
export const pageSession = (sessionUid: string): Session => ({
  kind: 'person',
  grantId: `page:${sessionUid}`,
});

/** Reads patients as this person sees them now; `reason` goes to the trail. Refuses who is deactivated meanwhile. */
export async function readPatientsAs<T>(
  { gate }: Pick<Parts, 'gate'>,
  { accountId, clientId, sessionUid }: Looker,
  interaction: Extract<Interaction, 'read' | 'search'>,
  reason: string,
  body: (sight: Sight) => Promise<T>,
): Promise<T> {
  const grants = [{ context: 'user', type: 'Patient', letters: 'rs' }] as const;
  const principal = await gate.identify(
    Number(accountId),
    clientId,
    grants,
    undefined,
    pageSession(sessionUid),
  );
  if (!principal) throw new errors.SessionNotFound('the account is not there any more');
  return gate.read(principal, { requestId: randomUUID(), interaction, resource: 'Patient', reason }, body);
}
