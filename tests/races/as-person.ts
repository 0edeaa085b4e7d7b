/** A person of a crowd, in a session of their own, at the gate: for deeds that are done on our own pages. */
import type { Purpose } from '../../apps/exchange/src/access/audit.ts';
import type { Gate } from '../../apps/exchange/src/access/gate.ts';
import type { Principal } from '../../apps/exchange/src/domain/principal.ts';
import type { Someone } from './crowd.ts';

export const PURPOSE_OF_A_TEST: Purpose = { requestId: 'test', interaction: 'update', resource: 'Consent' };

export async function principalOf(gate: Gate, { userId }: Pick<Someone, 'userId'>): Promise<Principal> {
  const session = { kind: 'person', grantId: 'minted' } as const;
  const grants = [{ context: 'patient', type: '*', letters: 'cruds' }] as const;
  const principal = await gate.identify(userId, 'jhe-account', grants, undefined, session);
  if (!principal) throw new Error(`nobody is user ${userId}`);
  return principal;
}
