/** Serves the built web portal: its pages under /portal, the start page and the return from signing in. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Config } from '../config.ts';

const DIST = fileURLToPath(new URL('../../../portal/dist', import.meta.url));
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/**
 * What the portal's pages may load: only what comes from this origin, and no inline script. Its components set inline
 * styles. https://www.w3.org/TR/CSP3/
 */
export const PORTAL_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Registers the portal. Its screens have addresses of their own, so the same page answers for all below /portal/.
 * Hashed files may be kept for ever; the page that names them is asked for each time. While the portal is not built,
 * the pages say how to build it. `from` is where the build is.
 */
export async function servePortal(server: FastifyInstance, _config: Config, from = DIST): Promise<void> {
  await server.register(fastifyStatic, { root: from, serve: false, suppressWarning: true });

  server.get('/', (_request, reply) => reply.redirect('/portal/'));
  for (const path of ['/portal', '/portal/*', '/auth/callback']) {
    server.get(path, (_request, reply) => sendPage(reply, from));
  }
  server.get<{ Params: { '*': string } }>('/portal/assets/*', (request, reply) =>
    reply.sendFile(`assets/${request.params['*']}`, from, { maxAge: YEAR_SECONDS * 1000, immutable: true }),
  );
}

function sendPage(reply: FastifyReply, from: string): FastifyReply {
  reply.header('content-security-policy', PORTAL_POLICY).header('cache-control', 'no-cache');
  if (!existsSync(join(from, 'index.html'))) {
    return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT);
  }
  return reply.sendFile('index.html', from, { cacheControl: false });
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The portal is not built yet</title>
<style>body { margin: 15vh auto; max-width: 36rem; padding: 0 1rem; font: 18px/1.5 system-ui, sans-serif; color-scheme: light dark }</style>
<h1>The portal is not built yet</h1>
<p>The exchange itself is running. <code>npm start</code> builds the portal before it starts; by hand it is
<code>npm run build --workspace apps/portal</code> in the checkout. Then reload this page.</p>
</html>
`;
