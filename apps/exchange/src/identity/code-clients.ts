import { ACCOUNT_CLIENT_ID } from '../domain/own-pages.ts';
import { listPatientClients } from '../store/oauth-account-settings.ts';
import type { IdentityParts, VisitFacts } from './parts.ts';

/**
 * Who may sign in with a code sent by e-mail: `everybody` on the way to an app that is listed for patients (they are
 * asked for it first), `patients` on the way to the account pages, nobody elsewhere.
 */
export type CodeUse = 'everybody' | 'patients' | 'nobody';

export async function codeUseOf(
  { system }: Pick<IdentityParts, 'system'>,
  { clientId }: VisitFacts,
): Promise<CodeUse> {
  if (clientId === ACCOUNT_CLIENT_ID) return 'patients';
  const listed = await system('token', listPatientClients);
  return listed.includes(clientId) ? 'everybody' : 'nobody';
}
