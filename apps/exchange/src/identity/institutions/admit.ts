/** Whether somebody for whom an institution vouched signs in, and as whom. */
import type { SystemSight } from '../../access/system.ts';
import { readDefaultMemberships } from '../../domain/default-memberships.ts';
import {
  type Assertion,
  type Decision,
  decideExternalSignIn,
  parseDomains,
} from '../../domain/external-sign-in.ts';
import type { IdentityProvider } from '../../domain/identity-provider.ts';
import { Refusal } from '../../domain/refusal.ts';
import { addDefaultMemberships } from '../../store/oauth-account-holders.ts';
import { readSignUpTerms } from '../../store/oauth-account-settings.ts';
import {
  addVouchedPractitioner,
  findLinkedPerson,
  findPersonByEmail,
  linkIdentity,
  touchIdentity,
} from '../../store/oauth-external-identities.ts';
import { readSettings } from '../../store/oauth-settings.ts';
import type { IdentityParts } from '../parts.ts';
import type { Ticket } from './remembered.ts';

const DOMAINS = 'auth.sso.valid_domains';

/** Decides about what an institution said and carries it out, in one transaction; the trail says what came of it. */
export function admit(
  { system, clock }: Pick<IdentityParts, 'system' | 'clock'>,
  {
    institution,
    ticket,
    clientId,
  }: Readonly<{ institution: IdentityProvider; ticket: Ticket; clientId: string }>,
): Promise<Admission> {
  return system('sign-in', async (sight) => {
    const decision = await decide(sight, institution, ticket);
    const done = await carryOut(sight, decision, ticket, clock());
    const { userId } = done;
    sight.trace({
      clientId,
      ...(userId === undefined ? {} : { userId }),
      ...(done.kind === 'refuse'
        ? { outcome: 'refused', deed: `${ticket.kind} refused: ${done.why}` }
        : { deed: `${ticket.kind} ${done.kind}` }),
    });
    return done;
  });
}

async function decide(sight: SystemSight, institution: IdentityProvider, ticket: Ticket): Promise<Decision> {
  const { kind, assertion } = ticket;
  const { settings } = institution;
  const linked = await findLinkedPerson(sight, kind, assertion.issuer, assertion.subject);
  const sameEmail =
    linked || assertion.email === undefined ? undefined : await findPersonByEmail(sight, assertion.email);
  const stored = linked ? undefined : (await readSettings(sight, [DOMAINS]))[DOMAINS];
  return decideExternalSignIn({
    assertion,
    linked,
    sameEmail,
    emailAuthentication: settings.email_authentication,
    domainsOfInstitution: settings.valid_domains,
    domainsOfExchange: parseDomains(stored),
  });
}

/** What came of it: who signs in now, or why nobody does. */
export type Admission =
  | Readonly<{ kind: 'sign-in' | 'link' | 'sign-up'; userId: number }>
  | Extract<Decision, { kind: 'refuse' }>;

async function carryOut(
  sight: SystemSight,
  decision: Decision,
  ticket: Ticket,
  at: Date,
): Promise<Admission> {
  const { kind, assertion } = ticket;
  const identity = { kind, issuer: assertion.issuer, subject: assertion.subject };
  if (decision.kind === 'refuse') return decision;
  if (decision.kind === 'sign-in') {
    await touchIdentity(sight, identity, at);
    return decision;
  }
  const userId = decision.kind === 'link' ? decision.userId : await signUp(sight, decision.email, assertion);
  // Somebody was faster with the address or the identity: nothing was stored, and trying again finds them.
  if (userId === undefined || !(await linkIdentity(sight, userId, identity, at))) {
    throw new Refusal('conflict', 'Somebody else signed in at the same moment. Sign in again.');
  }
  return { kind: decision.kind, userId };
}

/** A new practitioner, with the memberships that new practitioners get. */
async function signUp(sight: SystemSight, email: string, assertion: Assertion): Promise<number | undefined> {
  const userId = await addVouchedPractitioner(sight, email, assertion);
  if (userId === undefined) return undefined;
  const { defaultOrganizations } = await readSignUpTerms(sight);
  await addDefaultMemberships(sight, userId, readDefaultMemberships(defaultOrganizations));
  return userId;
}
