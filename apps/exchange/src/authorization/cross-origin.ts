/**
 * Scripts of other sites at the APIs (WHATWG Fetch, CORS protocol): those of registered clients may call them. Nothing
 * is sent with credentials: a token is a header, and a cookie means nothing there.
 */
import type { FastifyInstance } from 'fastify';
import type { System } from '../access/system.ts';
import type { Config } from '../config.ts';
import { isRegisteredOrigin } from '../store/oauth-origins.ts';

const APIS = ['/FHIR', '/fhir', '/api/v1'];

const ALLOWED = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers':
    'Authorization, Content-Type, DPoP, Accept, If-Match, If-None-Match, If-None-Exist, If-Modified-Since, Prefer, X-Request-ID, X-JHE-FHIR-Source-ID',
  // Not longer: a client may be removed meanwhile.
  'access-control-max-age': '600',
};
const EXPOSED = {
  'access-control-expose-headers':
    'WWW-Authenticate, Location, Content-Location, ETag, Last-Modified, Retry-After, DPoP-Nonce, X-Request-ID',
};

/** How long an answer about an origin is remembered, and of how many. */
const REMEMBERED_MS = 5_000;
const MOST_REMEMBERED = 1_000;

/** Answers preflights of the APIs and marks their replies; routes that are open to everybody say so themselves. */
export async function allowRegisteredOrigins(
  app: FastifyInstance,
  { config, system, clock }: { config: Config; system: System; clock: () => Date },
): Promise<void> {
  const remembered = new Map<string, { isAllowed: boolean; at: number }>();
  const isAllowed = async (origin: string | undefined): Promise<boolean> => {
    if (origin === undefined || !URL.canParse(origin)) return false;
    if (origin === config.siteUrl) return true;
    const now = clock().getTime();
    const found = remembered.get(origin);
    if (found && Math.abs(now - found.at) <= REMEMBERED_MS) return found.isAllowed;
    const answer = await system('token', (sight) => isRegisteredOrigin(sight, origin));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(origin, { isAllowed: answer, at: now });
    return answer;
  };

  app.addHook('onSend', async (request, reply) => {
    const { origin } = request.headers;
    if (!APIS.some((base) => request.url === base || request.url.startsWith(`${base}/`))) return;
    if (reply.hasHeader('access-control-allow-origin')) return;
    reply.header('vary', 'Origin');
    if (await isAllowed(origin)) reply.headers({ 'access-control-allow-origin': origin, ...EXPOSED });
  });
  for (const path of APIS.flatMap((base) => [base, `${base}/*`])) {
    app.options(path, async (request, reply) =>
      reply
        .code(204)
        .headers((await isAllowed(request.headers.origin)) ? ALLOWED : {})
        .send(),
    );
  }
}
