/** Puts the provider under /o of the HTTP server, with what belongs to every answer below it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Provider } from 'oidc-provider';
import type { Config } from '../config.ts';
import { ROUTES } from './provider.ts';

/** Any origin may ask: no cookie is read or sent on the routes that scripts call. */
export const OPEN_CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After',
  'access-control-max-age': '86400',
};

/** For whatever is no page of ours; the provider adds to script-src what its own pages need. */
const BARE_POLICY = "default-src 'none'; script-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** What browsers are led to, with cookies: no script of another origin has any business there. */
const WITH_COOKIES = [ROUTES.authorization, '/interaction/', ROUTES.end_session];

const WITH_SLASH = new Set<string>(Object.values(ROUTES).filter((path) => path.endsWith('/')));

/** The path below /o as the provider knows it: its endpoints are found with and without the slash at the end. */
function localUrl(url: string): string {
  const [path = '', search] = url.slice('/o'.length).split(/\?(.*)/s);
  const known = WITH_SLASH.has(`${path}/`) ? `${path}/` : path || '/';
  return search === undefined ? known : `${known}?${search}`;
}

/** What answers for the provider, and for the pages of ours that use it. */
export type Serve = (
  request: IncomingMessage & { baseUrl?: string },
  response: ServerResponse,
  ip: string,
) => Promise<void>;

/** Hands requests to the provider that has the keys of now, with what belongs to every answer. */
export function serveProvider(provider: () => Promise<Provider>, config: Pick<Config, 'siteUrl'>): Serve {
  const callbacks = new WeakMap<Provider, ReturnType<Provider['callback']>>();
  const site = new URL(config.siteUrl);
  return async (request, response, ip) => {
    if (request.url?.startsWith('/o/') && enterBelow(request, response)) return;
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('x-frame-options', 'DENY');
    response.setHeader('content-security-policy', BARE_POLICY);
    if (site.protocol === 'https:') {
      response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains');
    }
    // The public address is the configured one, whatever is in front of this server or is claimed in headers.
    request.headers['x-forwarded-proto'] = site.protocol.slice(0, -1);
    request.headers['x-forwarded-host'] = site.host;
    request.headers['x-forwarded-for'] = ip;
    const current = await provider();
    const callback = callbacks.get(current) ?? current.callback();
    callbacks.set(current, callback);
    await callback(request, response);
  };
}

/** What is below /o: other origins may ask it, and the provider knows it without the /o. True when it is answered. */
function enterBelow(request: IncomingMessage & { baseUrl?: string }, response: ServerResponse): boolean {
  const url = localUrl(request.url ?? '/o/');
  request.url = url;
  request.baseUrl = '/o';
  if (!WITH_COOKIES.some((path) => url.startsWith(path)))
    for (const [name, value] of Object.entries(OPEN_CORS)) response.setHeader(name, value);
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end();
    return true;
  }
  // A new key signs ten minutes after it is published, and a server sees it within half a minute of that: a copy of
  // the keys that is kept for nine is never too old.
  if (url === ROUTES.jwks) response.setHeader('cache-control', 'public, max-age=540');
  else if (url.startsWith('/.well-known/')) response.setHeader('cache-control', 'public, max-age=3600');
  return false;
}

/** Mounts the provider on `/o/*`, and answers preflights for `openPaths`. */
export function mountProvider(app: FastifyInstance, serve: Serve, openPaths: readonly string[]): void {
  app.route({
    method: ['GET', 'HEAD', 'POST', 'OPTIONS'],
    url: '/o/*',
    handler(request, reply) {
      reply.hijack();
      void serve(request.raw, reply.raw, request.ip);
    },
  });
  for (const path of openPaths) {
    app.options(path, async (_request, reply) => reply.code(204).headers(OPEN_CORS).send());
  }
}
