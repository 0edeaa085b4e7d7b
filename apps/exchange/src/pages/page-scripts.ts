/** The few scripts of our pages: files of ours, and a page that needs one says so in its policy. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PageContext } from './page-context.ts';
import type { Page } from './page-routes.ts';
import { show } from './show.ts';
import { headersOf } from './views/page.ts';

const PASSKEY_SCRIPT = readFileSync(new URL('./assets/passkey.js', import.meta.url), 'utf8');
const VERSION = createHash('sha256').update(PASSKEY_SCRIPT).digest('base64url').slice(0, 16);
const PATH = '/accounts/assets/passkey.js';

/** The address of the passkey script; it changes with the file, so that browsers may keep it. */
export const PASSKEY_SCRIPT_URL = `${PATH}?v=${VERSION}`;

/** Serves the scripts. */
export function scriptPages(): Page[] {
  return [
    {
      path: PATH,
      caller: 'anyone',
      async GET(ctx) {
        const isThisVersion = ctx.query.v === VERSION;
        ctx.set({
          'content-type': 'text/javascript; charset=utf-8',
          'cache-control': isThisVersion ? 'public, max-age=31536000, immutable' : 'no-cache',
          'x-content-type-options': 'nosniff',
          'cross-origin-resource-policy': 'same-origin',
        });
        ctx.body = PASSKEY_SCRIPT;
      },
    },
  ];
}

/** Sends a page on which scripts of this site run, and no others: nothing inline, nothing from elsewhere. */
export function showWithScript(ctx: PageContext, page: string): void {
  show(ctx, page);
  ctx.set(headersOf(ctx.path, "script-src 'self'"));
}
