/** The cookie of a browser in which a person signed in before (identity/known-browsers.ts). */
import type { Config } from '../../config.ts';
import type { PageContext } from '../page-context.ts';

const KEPT_MS = 180 * 24 * 60 * 60 * 1000;

const nameOf = ({ siteUrl }: Pick<Config, 'siteUrl'>) =>
  siteUrl.startsWith('https:') ? '__Host-jhe_browser' : 'jhe_browser';

/** The cookie of this browser as it came; undefined for one that is new here. */
export const readBrowser = (ctx: PageContext, config: Pick<Config, 'siteUrl'>): string | undefined =>
  ctx.cookies.get(nameOf(config), { signed: false });

/** Lets this browser keep it. */
export function keepBrowser(ctx: PageContext, config: Pick<Config, 'siteUrl'>, browser: string): void {
  ctx.cookies.set(nameOf(config), browser, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: config.siteUrl.startsWith('https:'),
    path: '/',
    maxAge: KEPT_MS,
  });
}
