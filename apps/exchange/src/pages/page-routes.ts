/**
 * Our own pages under `/o/interaction`, `/accounts` and `/allauth`: who may open which, what may be posted to it, and how a
 * refusal looks to a person.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from 'oidc-provider';
import { readForm } from '../authorization/form-body.ts';
import type { Parts } from '../authorization/parts.ts';
import { whoIsSignedIn } from '../authorization/session.ts';
import { openVisit, type Visit } from '../authorization/visit.ts';
import type { Config } from '../config.ts';
import { Refusal, type RefusalCode } from '../domain/refusal.ts';
import type { Face, PageRoute } from '../face.ts';
import { SessionEnded, type SignedIn } from '../identity/signed-in.ts';
import { authorizationRequest } from './accounts/sign-in.ts';
import { type Form, goTo, type PageContext } from './page-context.ts';
import { show } from './show.ts';
import { faultPage } from './views/fault.ts';

/** What a page is asked with; `form` is empty but for a POST. */
type Asked = Readonly<{ params: Readonly<Record<string, string>>; form: Form }>;
type Deed<Known> = (ctx: PageContext, asked: Asked & Known) => Promise<void>;
type Deeds<Known> = Readonly<{ GET?: Deed<Known>; POST?: Deed<Known> }>;

/**
 * The pages of one path, and what is known of whoever opens them before any of their own lines runs. A path with and
 * without its last slash is the same; `:name` stands for one segment.
 */
export type Page = Readonly<{
  path: string;
  /** Other sites may post here: an identity provider that answers. Whoever sets it checks what came by other means. */
  fromOtherSites?: boolean;
  /** The largest form taken; 16 KiB unless said otherwise. */
  formBytes?: number;
}> &
  (
    | (Readonly<{ caller: 'anyone' }> & Deeds<unknown>)
    /** `prompt`: what the visit must be waiting for. Its path has `:uid`. */
    | (Readonly<{ caller: 'visit'; prompt?: string }> & Deeds<Readonly<{ visit: Visit }>>)
    /** `back`: where to come back to after signing in, when that is not the address that was asked for. */
    | (Readonly<{ caller: 'session' | 'recent-session'; back?: string }> & Deeds<Readonly<{ who: SignedIn }>>)
  );

const FORM_BYTES = 16 * 1024;
const METHODS = ['GET', 'POST'] as const;

/** Which page a request is for. */
const asked = new WeakMap<IncomingMessage, Readonly<{ key: string; params: Asked['params'] }>>();
const keyOf = (method: string, { path }: Pick<Page, 'path'>) => `${method} ${path}`;

/** The face of these pages: `serve` hands a request on to the provider that has the keys of now, and so to `servePages`. */
export function pageFace(
  pages: readonly Page[],
  serve: (request: IncomingMessage, response: ServerResponse, ip: string) => Promise<void>,
): Face {
  const routes = pages.flatMap((page) =>
    METHODS.filter((method) => page[method] !== undefined).map(
      (method): PageRoute => ({
        method,
        path: page.path,
        caller: page.caller,
        formsFrom: page.fromOtherSites ? 'any-site' : 'this-site',
        formBytes: page.formBytes ?? FORM_BYTES,
        async serve(request, response, { params, ip }) {
          asked.set(request, { key: keyOf(method, page), params });
          await serve(request, response, ip);
        },
      }),
    ),
  );
  return { name: 'pages', routes, refuse: () => ({ status: 500 }) };
}

type Next = () => Promise<void>;
type Means = Pick<Parts, 'config' | 'provider' | 'system' | 'clock'>;

/** Middleware that answers what was asked of these pages, and passes everything else on. */
export function servePages(pages: readonly Page[], parts: Means) {
  const byKey = new Map(
    pages.flatMap((page) => METHODS.map((method) => [keyOf(method, page), { page, method }] as const)),
  );

  return async (ctx: PageContext, next: Next): Promise<void> => {
    const { key = '', params = {} } = asked.get(ctx.req) ?? {};
    const found = byKey.get(key);
    if (!found) return next();
    const { page, method } = found;
    try {
      if (ctx.originalUrl.includes('%00')) throw new Refusal('invalid', 'This address is not complete.');
      if (method === 'POST' && !page.fromOtherSites) refuseOtherSites(ctx, parts.config);
      await answer(page, method, parts, ctx, params);
    } catch (error) {
      showFault(ctx, error, parts.config);
    }
  };
}

/** Finds out who is there, then reads the form, then does what was asked. */
async function answer(
  page: Page,
  method: 'GET' | 'POST',
  parts: Means,
  ctx: PageContext,
  params: Asked['params'],
): Promise<void> {
  const read = async (): Promise<Asked> => ({
    params,
    form: method === 'POST' ? await readForm(ctx.req, page.formBytes ?? FORM_BYTES) : {},
  });
  switch (page.caller) {
    case 'anyone':
      return page[method]?.(ctx, await read());
    case 'visit': {
      const visit = await openVisit(parts, ctx, params.uid ?? '', page.prompt);
      return page[method]?.(ctx, { ...(await read()), visit });
    }
    case 'session': {
      const who = await whoIsSignedIn(parts, ctx);
      if (who) return page[method]?.(ctx, { ...(await read()), who });
      return goTo(ctx, `/accounts/login/?next=${encodeURIComponent(page.back ?? ctx.originalUrl)}`);
    }
    case 'recent-session': {
      const who = await whoIsSignedIn(parts, ctx);
      if (who && isRecent(who, parts.clock())) return page[method]?.(ctx, { ...(await read()), who });
      return goTo(ctx, authorizationRequest(parts.config.siteUrl, page.back ?? page.path, 'login'));
    }
  }
}

const RECENT_MS = 15 * 60 * 1000;

/** Changing how an account is protected takes more than a browser that was left open. */
const isRecent = ({ signedInAt }: SignedIn, now: Date) => now.getTime() - signedInAt.getTime() <= RECENT_MS;

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
  if (error instanceof errors.SessionNotFound || error instanceof SessionEnded) {
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
