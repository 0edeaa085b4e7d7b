/**
 * Our own pages under `/o/interaction`, `/accounts` and `/allauth`: which path is whose, what may be posted to it, and
 * how a refusal looks to a person.
 */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../config.ts';
import { Refusal, type RefusalCode } from '../domain/refusal.ts';
import { readForm } from './form-body.ts';
import { faultPage } from './pages/fault.ts';
import { show } from './provider-pages.ts';

export type PageContext = Pick<
  KoaContextWithOIDC,
  'method' | 'path' | 'req' | 'res' | 'ip' | 'get' | 'set' | 'cookies' | 'redirect' | 'query' | 'originalUrl'
> & { status: number; body: unknown };

export type Form = Readonly<Record<string, string>>;

type Handler = (ctx: PageContext, params: Readonly<Record<string, string>>, form: Form) => Promise<void>;

/** One page. A path with and without its last slash is the same; `:name` stands for one segment. */
export type PageRoute = Readonly<{
  path: string;
  GET?: Handler;
  POST?: Handler;
  /** Other sites may post here: an identity provider that answers. Whoever sets it checks what came by other means. */
  fromOtherSites?: boolean;
  /** The largest form taken; 16 KiB unless said otherwise. */
  formBytes?: number;
}>;

type Next = () => Promise<void>;

/** Middleware that answers for these pages and passes everything else on. */
export function servePages(pages: readonly PageRoute[], config: Config) {
  const routes = pages.map((page) => ({ page, pattern: patternOf(page.path) }));

  return async (ctx: PageContext, next: Next): Promise<void> => {
    for (const { page, pattern } of routes) {
      const match = pattern.exec(ctx.path);
      if (match) return answer(page, ctx, decodeAll(match.groups ?? {}), config);
    }
    return next();
  };
}

const patternOf = (path: string) =>
  new RegExp(
    `^${path
      .replace(/\/$/, '')
      .replace(/[.]/g, '\\.')
      .replace(/:(\w+)/g, '(?<$1>[^/]{1,300})')}/?$`,
  );

const decodeAll = (groups: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(groups).map(([name, value]) => {
      try {
        return [name, decodeURIComponent(value)];
      } catch {
        return [name, value];
      }
    }),
  );

async function answer(
  page: PageRoute,
  ctx: PageContext,
  params: Record<string, string>,
  config: Config,
): Promise<void> {
  const method = ctx.method === 'HEAD' ? 'GET' : ctx.method;
  const handler = method === 'GET' || method === 'POST' ? page[method] : undefined;
  if (!handler) {
    ctx.status = 405;
    ctx.set({ allow: [page.GET && 'GET, HEAD', page.POST && 'POST'].filter(Boolean).join(', ') });
    return;
  }
  try {
    if (ctx.originalUrl.includes('%00')) throw new Refusal('invalid', 'This address is not complete.');
    if (method === 'POST' && !page.fromOtherSites) refuseOtherSites(ctx, config);
    await handler(ctx, params, method === 'POST' ? await readForm(ctx.req, page.formBytes) : {});
  } catch (error) {
    showFault(ctx, error, config);
  }
}

/**
 * A form of ours is posted from a page of ours. Cookies with SameSite=Lax say so already; this says it again. Browsers
 * hide the origin of pages without referrer ("null"), but tell in Sec-Fetch-Site.
 */
function refuseOtherSites(ctx: PageContext, config: Config): void {
  const site = ctx.get('sec-fetch-site');
  const origin = ctx.get('origin');
  const isOther =
    site === '' ? !['', 'null', config.siteUrl].includes(origin) : !['same-origin', 'none'].includes(site);
  if (isOther) throw new Refusal('forbidden', 'This form was sent from another site.');
}

const STATUS: Partial<Record<RefusalCode, number>> = {
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'too-many': 429,
};

function showFault(ctx: PageContext, error: unknown, config: Config): void {
  const home = `${config.siteUrl}/`;
  if (error instanceof errors.SessionNotFound) {
    ctx.status = 400;
    const advice = 'Go back to the application and sign in again.';
    show(ctx, faultPage('This page has expired', advice, 'session_not_found', home));
    return;
  }
  if (!(error instanceof Refusal) || error.code === 'unavailable' || error.code === 'busy') throw error;
  ctx.status = STATUS[error.code] ?? 400;
  if (error.retryAfterSeconds !== undefined) ctx.set({ 'retry-after': String(error.retryAfterSeconds) });
  show(ctx, faultPage('This did not work', error.message, error.code, home));
}

/** Sends the browser on with a GET; `to` is an address of ours or one that was registered. */
export function goTo(ctx: PageContext, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}
