/**
 * A visit: somebody on the way to a client, between their request and its answer. A page belongs to the browser that
 * started it: the provider keeps its uid in a signed cookie bound to its path, which other sites' forms do not carry
 * (SameSite=Lax).
 */
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import type { VisitFacts } from '../identity/parts.ts';
import type { Parts } from './parts.ts';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

export type Visit = VisitFacts &
  Readonly<{
    interaction: Interaction;
    /** Where the steps of this visit live: `/o/interaction/<uid>`. */
    path: string;
  }>;
/** The visit of this browser under `uid`, if it waits for `prompt`. Refuses anybody else's, and one that is over. */
export async function openVisit(
  { provider }: Pick<Parts, 'provider'>,
  ctx: Pick<KoaContextWithOIDC, 'req' | 'res'>,
  uid: string,
  prompt?: string,
): Promise<Visit> {
  const interaction = await provider.interactionDetails(ctx.req, ctx.res);
  if (interaction.uid !== uid) throw new errors.SessionNotFound('another page');
  if (prompt !== undefined && interaction.prompt.name !== prompt) {
    throw new errors.SessionNotFound('another step');
  }
  const clientId = String(interaction.params.client_id);
  const client = await provider.Client.find(clientId);
  return {
    uid,
    interaction,
    clientId,
    clientName: client?.clientName ?? 'the exchange',
    path: `/o/interaction/${uid}`,
  };
}

/** Whether the client asked that the person proves again who they are (OpenID Connect Core 1.0, section 3.1.2.1). */
export const mustProveAgain = ({ interaction: { prompt } }: Visit): boolean =>
  prompt.reasons.some((reason) => reason === 'login_prompt' || reason === 'max_age');
