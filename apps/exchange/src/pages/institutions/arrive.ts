/** The way back into the visit: the browser that set out brings a ticket for what the institution said. */
import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { Refusal } from '../../domain/refusal.ts';
import { admit } from '../../identity/institutions/admit.ts';
import { findInstitution } from '../../identity/institutions/known.ts';
import { newHandle, rememberTicket, type Ticket, useTicket } from '../../identity/institutions/remembered.ts';
import { goTo, type PageContext } from '../page-context.ts';
import { finishSignIn } from '../sign-in/finish.ts';
import { showNoAddress, showSignUpClosed } from './refused.ts';

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
  const outcome = await admit(parts, { institution, ticket, clientId: visit.clientId });
  if (outcome.kind !== 'refuse') {
    return finishSignIn(parts, ctx, visit, { userId: outcome.userId, amr: [ticket.kind], since });
  }
  const refused = { institution: institution.name, path: visit.path };
  if (outcome.why === 'no e-mail') showNoAddress(ctx, refused);
  else showSignUpClosed(ctx, refused);
}
