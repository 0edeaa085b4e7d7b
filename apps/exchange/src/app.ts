/**
 * createApp(deps): mounts the faces on one HTTP server. The only place where a token becomes a principal, where a
 * refusal becomes a reply, and where a route without a declared caller stops the start.
 */
import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Gate } from './access/gate.ts';
import type { Config } from './config.ts';
import { challengeFor, type TokenFault } from './domain/challenge.ts';
import type { Importance } from './domain/importance.ts';
import { networkOf } from './domain/network-of.ts';
import type { Grant, Principal, Session } from './domain/principal.ts';
import { forbidden, Refusal } from './domain/refusal.ts';
import type { Answer, Call, Caller, Face, GuardedRoute, PageRoute, Route, Visitor } from './face.ts';
import { createIntake, type IntakeOptions } from './intake/intake.ts';

/** What a valid access token says. */
export type TokenFacts = Readonly<{
  userId: number;
  clientId: string;
  grants: readonly Grant[];
  /** Whether a person began it, and with which grant; whatever does not say so plainly is a program's. */
  session: Session;
  /** The patient that the client was launched for. */
  patientInContext?: number;
  /** The key whose holder alone may use the token (RFC 9449, section 6). */
  keyThumbprint?: string;
}>;

/** A request with a token that is bound to a key (RFC 9449, section 4). */
export type ProvenRequest = Readonly<{
  method: string;
  /** Path as requested; what follows a question mark is no part of a proof. */
  path: string;
  /** The value of the header DPoP. */
  proof: string | undefined;
  token: string;
  /** SHA-256 thumbprint of the key (RFC 7638). */
  keyThumbprint: string;
}>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The face that a route belongs to; absent for what is mounted whole. */
    face?: string;
  }
}

export type AppDeps = Readonly<{
  config: Config;
  gate: Gate;
  faces: readonly Face[];
  /** Null for a token that is malformed, expired, revoked or not ours. */
  verifyToken(token: string): Promise<TokenFacts | null>;
  /** Whether a request proves that its sender holds the key of its token; without this, no token with a key is taken. */
  provesKey?(request: ProvenRequest): Promise<boolean>;
  /** Handlers that own a whole path prefix and speak for themselves (the OAuth provider, static files). */
  mounts?: readonly ((app: FastifyInstance) => Promise<void>)[];
  /** How much is held at once and how slowly it may come, when not as `intake/limits.ts` says. */
  intake?: IntakeOptions;
  log: { error(detail: object, message: string): void; info(detail: object, message: string): void };
}>;

/** Beyond this a connection on which nothing moves, in either direction, is given up; so is a request that never ends. */
const STILL_MS = 2 * 60 * 1000;
const ENDLESS_MS = 5 * 60 * 1000;
/** A body that took longer may have outlived the right to send it. */
const LONG_BODY_MS = 1000;
const CALLERS: readonly Caller[] = ['anyone', 'signed-in', 'practitioner', 'patient', 'superuser'];
const VISITORS: readonly Visitor[] = ['anyone', 'visit', 'session', 'recent-session'];

/** Headers of every reply: nothing of ours is to be framed, guessed at, cached by others, or named to other sites. */
const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  // What is no page runs nothing, should a browser be led to it; pages say for themselves what they may load.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};
/** With encryption, browsers are told to come without it never again (RFC 6797). */
const ONLY_ENCRYPTED = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' };

export type Registered = (Route | PageRoute) & Readonly<{ face: string }>;

export const isPage = <T extends Route | PageRoute>(route: T): route is Extract<T, PageRoute> =>
  'serve' in route;

export type App = Readonly<{
  http: FastifyInstance;
  /** Every route and page with the caller it declares; the proofs walk it. */
  registry: readonly Registered[];
}>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, by the id of their account, once their token is looked at. */
    askedBy: number | null;
  }
}

export async function createApp(deps: AppDeps): Promise<App> {
  const app = Fastify({
    connectionTimeout: STILL_MS,
    requestTimeout: ENDLESS_MS,
    genReqId: () => randomUUID(),
    frameworkErrors: answerUnreadableAddress,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 500 },
    trustProxy: deps.config.trustedProxies.length > 0 ? [...deps.config.trustedProxies] : false,
  });
  app.decorateRequest('askedBy', null);
  await app.register(rateLimit, { global: false, keyGenerator: ({ ip }) => networkOf(ip) });
  const intake = createIntake(deps.intake);
  leaveBodies(app);
  intake.answerExpectations(app.server);
  app.addHook('onRequest', async ({ raw, routeOptions, is404 }, reply) => {
    if (!intake.arrive(raw, reply.raw)) return reply.hijack();
    if (!is404 && routeOptions.config.face === undefined) intake.pass(raw, reply.raw);
  });
  app.addHook('onClose', async () => intake.stop());
  const isEncrypted = deps.config.siteUrl.startsWith('https:');
  const safeHeaders = { ...SAFE_HEADERS, ...(isEncrypted ? ONLY_ENCRYPTED : {}) };
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(safeHeaders))
      if (!reply.hasHeader(name)) reply.header(name, value);
  });

  const registry: Registered[] = [];
  for (const face of deps.faces) {
    for (const route of face.routes) {
      const callers: readonly string[] = isPage(route) ? VISITORS : CALLERS;
      if (!callers.includes(route.caller)) {
        throw new Error(`${route.method} ${route.path} of ${face.name} does not declare who may call it`);
      }
      registry.push({ ...route, face: face.name });
      if (isPage(route)) {
        servePage(app, route);
        continue;
      }
      const countCalls = limitPerPerson(app, route);
      app.route({
        method: route.method,
        url: route.path,
        config: {
          face: face.name,
          ...(route.callsPerMinute === undefined
            ? {}
            : { rateLimit: { max: route.callsPerMinute, timeWindow: '1 minute' } }),
        },
        errorHandler: (error, request, reply) => sendRefusal(deps, face, error, request, reply),
        handler: async (request, reply) => {
          const call = toCall(request);
          const receive = async (caller: string | null): Promise<Call> => {
            const body = await intake.receive(request.raw, reply.raw, caller, route.body);
            return { ...call, body };
          };
          if (route.caller === 'anyone') return send(reply, await route.handle(await receive(null)));
          // Who asks is known before anything of a body is read.
          const asked = await admit(deps, call, request.method, route);
          request.askedBy = asked.userId;
          await countCalls(request);
          const since = performance.now();
          const received = await receive(`user ${asked.userId}`);
          const isStale = performance.now() - since > LONG_BODY_MS;
          const principal = isStale ? await admit(deps, call, request.method, route, true) : asked;
          return send(reply, await route.handle(received, principal));
        },
      });
    }
  }
  for (const mount of deps.mounts ?? []) await mount(app);
  app.setErrorHandler((error, request, reply) => sendRefusal(deps, deps.faces[0], error, request, reply));
  return { http: app, registry };
}

/** An address that cannot be decoded reaches no route, and no hook. */
const answerUnreadableAddress = (_error: unknown, _request: FastifyRequest, reply: FastifyReply): void => {
  void reply.code(400).headers(SAFE_HEADERS).send({ detail: 'The address could not be read.' });
};

/** Pages write their answer themselves, with cookies and headers of their own. */
function servePage(app: FastifyInstance, page: PageRoute): void {
  app.route({
    method: page.method,
    url: page.path,
    handler(request, reply) {
      reply.hijack();
      void page.serve(request.raw, reply.raw, {
        params: request.params as Record<string, string>,
        ip: request.ip,
      });
    },
  });
}

/** Calls of a person to a route that can be guessed at are counted from wherever they come, besides each network's. */
function limitPerPerson(app: FastifyInstance, { callsPerMinute, caller }: Route) {
  if (callsPerMinute === undefined || caller === 'anyone') return async () => {};
  const count = app.createRateLimit({
    max: callsPerMinute,
    timeWindow: '1 minute',
    keyGenerator: ({ askedBy }) => String(askedBy),
  });
  return async (request: FastifyRequest) => {
    const found = await count(request);
    if (!found.isAllowed && found.isExceeded) throw tooManyCalls();
  };
}

/**
 * The principal of a token, as the person is now; a deactivated person is refused at once. A request is asked for the
 * proof of its key once: `isProvenAlready` when that was done.
 */
async function admit(
  deps: AppDeps,
  call: Call,
  method: string,
  { caller, importance }: GuardedRoute,
  isProvenAlready = false,
): Promise<Principal> {
  const [scheme = '', token] = (call.header('authorization') ?? '').split(' ');
  const isProven = scheme.toLowerCase() === 'dpop';
  if (!(isProven || scheme.toLowerCase() === 'bearer') || !token) {
    throw new Refusal('unauthenticated', 'Authentication credentials were not provided.');
  }
  const facts = await deps.verifyToken(token);
  const keyThumbprint = facts?.keyThumbprint;
  // A token that belongs to a key is never a bearer's, and one that does not has nothing to be proved (section 7.1).
  if (isProven ? keyThumbprint === undefined : keyThumbprint !== undefined) throw badToken('dpop-token');
  if (keyThumbprint !== undefined && !isProvenAlready) {
    const proof = { method, path: pathOf(call), proof: call.header('dpop'), token, keyThumbprint };
    if (!(await deps.provesKey?.(proof))) throw badToken('dpop-proof');
  }
  const principal =
    facts &&
    (await deps.gate.identify(
      facts.userId,
      facts.clientId,
      facts.grants,
      facts.patientInContext,
      facts.session,
      importance ?? importanceOf(method),
    ));
  if (!principal) throw badToken(isProven ? 'dpop-token' : 'token');
  if (caller === 'practitioner' && principal.practitionerId === null && !principal.superuser) {
    throw forbidden('Only practitioners can do this.');
  }
  if (caller === 'patient' && principal.patientId === null) throw forbidden('Only patients can do this.');
  if (caller === 'superuser' && !principal.superuser) throw forbidden();
  return principal;
}

/** How soon a request is given up when there is too much to do, by what it is about to do. */
const importanceOf = (method: string): Importance =>
  method === 'GET' || method === 'HEAD' ? 'read' : 'write';

const badToken = (path: TokenFault) =>
  new Refusal('unauthenticated', 'The access token is invalid.', { path });

const pathOf = ({ url }: Pick<Call, 'url'>) => url.replace(/[?#].*$/s, '');

function toCall(request: FastifyRequest): Call {
  const [, search = ''] = request.url.split(/\?(.*)/s);
  return {
    requestId: request.id,
    params: request.params as Record<string, string>,
    query: new URLSearchParams(search),
    body: undefined,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    url: request.url,
    ip: request.ip,
  };
}

async function send(reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
  reply.code(answer.status ?? 200);
  // Health data is nobody's to keep on the way; an answer that may be kept says so itself.
  reply.header('cache-control', 'no-store');
  if (answer.headers) reply.headers(answer.headers);
  return reply.send(answer.body);
}

/** Everything thrown ends here: refusals by the face's table; anything else is our fault and says nothing. */
async function sendRefusal(
  deps: AppDeps,
  face: Face | undefined,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const refusal = toRefusal(error);
  if (refusal.code === 'busy') noteBusy(deps.log, refusal);
  if (refusal.code === 'unavailable') {
    // The message of an unknown error may hold values; its name, code and place do not.
    const { name, code, stack } = error as Error & { code?: string };
    const place = stack
      ?.split('\n')
      .find((line) => line.trim().startsWith('at '))
      ?.trim();
    deps.log.error({ requestId: request.id, name, code, place }, 'request failed');
  }
  if (!face) return reply.code(500).send({ detail: 'A server error occurred.' });
  const answer = face.refuse(refusal, toCall(request));
  if (refusal.code === 'unauthenticated') {
    reply.header('www-authenticate', challengeFor(refusal, pathOf(request), deps.config.siteUrl));
  }
  // What is left of a body that came too slowly is not waited for.
  if (refusal.code === 'too-slow') reply.header('connection', 'close');
  if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', String(refusal.retryAfterSeconds));
  return send(reply, answer);
}

const BUSY_LOGGED_EVERY_MS = 10_000;
const busyLogged = new WeakMap<object, { at: number; unlogged: number }>();

/** Says in the log that requests are refused as busy, and how many since it last said so: not a line for each of them. */
export function noteBusy(log: AppDeps['log'], { detail }: Refusal): void {
  const { at, unlogged } = busyLogged.get(log) ?? { at: Number.NEGATIVE_INFINITY, unlogged: 0 };
  const now = performance.now();
  const isDue = now - at >= BUSY_LOGGED_EVERY_MS;
  if (isDue) log.error({ reason: detail, requests: unlogged + 1 }, 'requests refused as busy');
  busyLogged.set(log, isDue ? { at: now, unlogged: 0 } : { at, unlogged: unlogged + 1 });
}

const tooManyCalls = () =>
  new Refusal('too-many', 'Too many requests; try again in a minute.', { retryAfterSeconds: 60 });

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  // PostgreSQL keeps no NUL in text (22021) nor in JSON (22P05): nothing that is kept here has ever had one.
  if (code === '22021' || code === '22P05')
    return new Refusal('invalid', 'The request contains a character that cannot be kept.');
  if (statusCode === 429) return tooManyCalls();
  if (statusCode === 413) return new Refusal('too-large', 'The request body is too large.');
  if (statusCode === 415)
    return new Refusal('unsupported', 'The content type of the request body is not served.');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Refusal('invalid', 'The request could not be read.', {
      ...(code === undefined ? {} : { detail: code }),
    });
  }
  return new Refusal('unavailable', 'A server error occurred.');
}

/** Fastify reads no body: the intake does, for the routes of faces; what is mounted whole reads its own. */
function leaveBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
}
