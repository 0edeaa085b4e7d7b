import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { faultPage } from './views/fault.ts';
import { headersOf } from './views/page.ts';

/** What nobody answers is a 404: a page for whoever reads pages, JSON for everybody else. */
export function answerForNobody(server: FastifyInstance, { siteUrl }: Pick<Config, 'siteUrl'>): void {
  const advice = 'There is no page at this address. If a link brought you here, it may be too old.';
  server.setNotFoundHandler(({ method, headers, url }, reply) => {
    reply.code(404).header('cache-control', 'no-store');
    const readsPages = (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html');
    if (!readsPages) return reply.send({ detail: 'Not found.' });
    return reply.headers(headersOf(url)).send(faultPage('Nothing here', advice, 'not_found', `${siteUrl}/`));
  });
}
