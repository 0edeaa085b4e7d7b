import type { KoaContextWithOIDC } from 'oidc-provider';
import { headersOf } from './views/page.ts';

/** Sends a page with its headers. */
export function show(ctx: Pick<KoaContextWithOIDC, 'set' | 'path'> & { body: unknown }, page: string): void {
  ctx.set(headersOf(ctx.path));
  ctx.body = page;
}
