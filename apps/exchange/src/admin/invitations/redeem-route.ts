/** `POST /api/v1/invitation/:token`: the code that an invitation's link opens, as the patient's app exchanges it. */
import { issuerOf } from '../../authorization/access-token.ts';
import { OPEN_CORS } from '../../authorization/mount.ts';
import type { Parts } from '../../authorization/parts.ts';
import { ROUTES } from '../../authorization/provider.ts';
import { redeemToken } from '../../authorization/redeem-invitation.ts';
import type { OpenRoute } from '../../face.ts';

/** Calls are limited: a token is not to be guessed, nor a leaked one polled. */
export function redeemRoute(parts: Parts): OpenRoute {
  return {
    method: 'POST',
    path: '/api/v1/invitation/:token',
    caller: 'anyone',
    callsPerMinute: 20,
    async handle({ params: { token = '' }, body }) {
      const outcome = await redeemToken(parts, token, birthDateOf(body));
      if ('detail' in outcome) {
        const { detail, birthDate } = outcome;
        return { status: 403, headers: OPEN_CORS, body: { detail, birthDate: [birthDate] } };
      }
      return {
        headers: OPEN_CORS,
        body: {
          grant: {
            grant_type: 'authorization_code',
            redirect_uri: outcome.redirectUri,
            client_id: outcome.clientId,
            code: outcome.code,
          },
          token_endpoint: `${issuerOf(parts.config)}${ROUTES.token}`,
          expires: outcome.expiresAt.toISOString(),
        },
      };
    },
  };
}

/** `birthDate` of a JSON object, under either spelling; undefined when it is not there or no text. */
function birthDateOf(body: unknown): string | undefined {
  if (body === null || typeof body !== 'object') return undefined;
  const { birthDate, birth_date: other } = body as Record<string, unknown>;
  const given = birthDate ?? other;
  return typeof given === 'string' && given !== '' ? given : undefined;
}
