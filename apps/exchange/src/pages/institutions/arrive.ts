/** The way back into the visit: the browser that set out brings a ticket for what the institution said. */

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
import { goTo, type PageContext } from '../page-context.ts';
import type { Parts } from '../../authorization/parts.ts';
import { finishSignIn } from '../sign-in/finish.ts';
import type { Visit } from '../../authorization/visit.ts';
import { findInstitution } from '../../identity/institutions/known.ts';
import { showNoAddress, showSignUpClosed } from './refused.ts';
import { newHandle, rememberTicket, type Ticket, useTicket } from '../../identity/institutions/remembered.ts';

const DOMAINS = 'auth.sso.valid_domains';

/**
 * Keeps for two minutes what an institution said and sends the browser back to its visit. The answer came to an address
 * that the visit's cookie does not go to; where it goes, nobody else's ticket counts.
 */
export async function sendBack({ system, clock }: Parts, ctx: PageContext, ticket: Ticket): Promise<void> {
  const handle = newHandle();
  await system('token', (sight) => rememberTicket(sight, handle, ticket, clock()));
  goTo(ctx, `/o/interaction/${ticket.uid}/external?ticket=${handle}`);
}

/** `/o/interaction/:uid/external`: uses the ticket up, decides, and goes on signed in or says that it is not so. */
export async function arrive(parts: Parts, ctx: PageContext, visit: Visit): Promise<void> {
  const { system, clock } = parts;
  const handle = typeof ctx.query.ticket === 'string' ? ctx.query.ticket : '';
  const ticket = await system('token', (sight) => useTicket(sight, handle, visit.uid, clock()));
  if (!ticket)
    throw new Refusal('gone', 'This sign-in has expired. Go back to the application and sign in again.');
  const since = clock();
  // It may have been turned off meanwhile.
  const institution = await findInstitution(parts, ticket.kind, ticket.slug);
  const outcome = await system('sign-in', async (sight) => {
    const decision = await decide(sight, institution, ticket);
    const done = await carryOut(sight, decision, ticket, clock());
    const { userId } = done;
    sight.trace({
      clientId: visit.clientId,
      ...(userId === undefined ? {} : { userId }),
      ...(done.kind === 'refuse'
        ? { outcome: 'refused', deed: `${ticket.kind} refused: ${done.why}` }
        : { deed: `${ticket.kind} ${done.kind}` }),
    });
    return done;
  });
  if (outcome.kind !== 'refuse') {
    return finishSignIn(parts, ctx, visit, { userId: outcome.userId, amr: [ticket.kind], since });
  }
  const refused = { institution: institution.name, path: visit.path };
  if (outcome.why === 'no e-mail') showNoAddress(ctx, refused);
  else showSignUpClosed(ctx, refused);
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

type Done =
  | Readonly<{ kind: 'sign-in' | 'link' | 'sign-up'; userId: number }>
  | Extract<Decision, { kind: 'refuse' }>;

async function carryOut(sight: SystemSight, decision: Decision, ticket: Ticket, at: Date): Promise<Done> {
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
