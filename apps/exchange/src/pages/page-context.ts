/** What our own pages are asked with, and how they send a browser on. */
import type { KoaContextWithOIDC } from 'oidc-provider';

export type PageContext = Pick<
  KoaContextWithOIDC,
  'method' | 'path' | 'req' | 'res' | 'ip' | 'get' | 'set' | 'cookies' | 'redirect' | 'query' | 'originalUrl'
> & { status: number; body: unknown };

/** A form of a page: names to values, the last of repeated ones. */
export type Form = Readonly<Record<string, string>>;

/** Sends the browser on with a GET; `to` is an address of ours or one that was registered. */
export function goTo(ctx: PageContext, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}
