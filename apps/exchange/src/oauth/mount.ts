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
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-max-age': '86400',
};

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
  { provider, config, openPaths }: { provider: Provider; config: Config; openPaths: readonly string[] },
): Promise<void> {
  const serve = provider.callback();
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
    for (const [name, value] of Object.entries(OPEN_CORS)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    request.url = localUrl(request.url ?? '/o/');
    // What lives beside /o is not to be found below it as well.
    if (BESIDE.some((base) => request.url?.startsWith(`${base}/`))) request.url = '/';
    if (request.url.startsWith('/.well-known/')) response.setHeader('cache-control', 'public, max-age=3600');
    request.baseUrl = '/o';
    await pass(request, response, ip);
  }

  async function pass(request: IncomingMessage, response: ServerResponse, ip: string) {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('x-frame-options', 'DENY');
    // The public address is the configured one, whatever is in front of this server or is claimed in headers.
    request.headers['x-forwarded-proto'] = site.protocol.slice(0, -1);
    request.headers['x-forwarded-host'] = site.host;
    request.headers['x-forwarded-for'] = ip;
    await serve(request, response);
  }
}
