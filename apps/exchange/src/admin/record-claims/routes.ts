/** `POST /api/v1/record-claims`: an app in which a link was opened sends its holder to make the record their own. */

import { OPEN_CORS } from '../../authorization/mount.ts';
import type { Parts } from '../../authorization/parts.ts';
import { forbidden } from '../../domain/refusal.ts';
import type { GuardedRoute } from '../../face.ts';
import { makeHandle } from '../../identity/record/claim.ts';

/**
 * Answers 201 `{claimUrl, expires}`: the address is for the person's browser, for an hour. Only the session of a link
 * gets one; whoever signed in keeps their record already, and a program is nobody's.
 */
export function startClaimRoute(parts: Pick<Parts, 'system' | 'clock' | 'config'>): GuardedRoute {
  return {
    method: 'POST',
    path: '/api/v1/record-claims',
    caller: 'patient',
    callsPerMinute: 20,
    async handle({ requestId }, { link, session, userId, clientId }) {
      if (link === null || session.kind !== 'person') {
        throw forbidden('Only an app that was opened with an invitation link leads to this.');
      }
      const { handle, expiresAt } = await parts.system('account', async (sight) => {
        sight.trace({ requestId, userId, clientId, patientId: link.patientId, deed: 'go to claim a record' });
        return makeHandle(parts, sight, session.grantId);
      });
      return {
        status: 201,
        headers: OPEN_CORS,
        body: {
          claimUrl: `${parts.config.siteUrl}/accounts/record/claim/${handle}/`,
          expires: expiresAt.toISOString(),
        },
      };
    },
  };
}
