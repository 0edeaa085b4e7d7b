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

/** Pages of ours that live beside /o, under the addresses that people and identity providers know. */
const BESIDE = ['/accounts', '/allauth'];

/** The path below /o as the provider knows it: its endpoints are found with and without the slash at the end. */
function localUrl(url: string): string {
  const [path = '', search] = url.slice('/o'.length).split(/\?(.*)/s);
  const known = WITH_SLASH.has(`${path}/`) ? `${path}/` : path || '/';
  return search === undefined ? known : `${known}?${search}`;
}

/** Mounts the provider on `/o/*` and its pages beside it, and answers preflights for `openPaths`. */
export async function mountProvider(
  app: FastifyInstance,
  {
    provider,
    config,
    openPaths,
  }: { provider: () => Promise<Provider>; config: Config; openPaths: readonly string[] },
): Promise<void> {
  const callbacks = new WeakMap<Provider, ReturnType<Provider['callback']>>();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const current = await provider();
    const callback = callbacks.get(current) ?? current.callback();
    callbacks.set(current, callback);
    await callback(request, response);
  };
  const site = new URL(config.siteUrl);

  await app.register(async (scope) => {
    // The provider reads bodies itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const base of ['/o', ...BESIDE]) {
      scope.route({
        method: ['GET', 'HEAD', 'POST', 'OPTIONS'],
        url: `${base}/*`,
        handler(request, reply) {
          reply.hijack();
          const serveIt = base === '/o' ? answer : pass;
          serveIt(request.raw, reply.raw, request.ip);
        },
      });
    }
  });
  for (const path of openPaths) {
    app.options(path, async (_request, reply) => reply.code(204).headers(OPEN_CORS).send());
  }

  async function answer(
    request: IncomingMessage & { baseUrl?: string },
    response: ServerResponse,
    ip: string,
  ) {
    request.url = localUrl(request.url ?? '/o/');
    const isOpen = !WITH_COOKIES.some((path) => request.url?.startsWith(path));
    if (isOpen) for (const [name, value] of Object.entries(OPEN_CORS)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    // What lives beside /o is not to be found below it as well.
    if (BESIDE.some((base) => request.url?.startsWith(`${base}/`))) request.url = '/';
    // A new key signs ten minutes after it is published, and a server sees it within half a minute of that: a copy of
    // the keys that is kept for nine is never too old.
    if (request.url === ROUTES.jwks) response.setHeader('cache-control', 'public, max-age=540');
    else if (request.url.startsWith('/.well-known/'))
      response.setHeader('cache-control', 'public, max-age=3600');
    request.baseUrl = '/o';
    await pass(request, response, ip);
  }

  async function pass(request: IncomingMessage, response: ServerResponse, ip: string) {
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
    await serve(request, response);
  }
}
