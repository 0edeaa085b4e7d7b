/**
 * An authorization request may be posted (OpenID Connect Core 1.0, section 3.1.2.1; SMART capability authorize-post). A
 * form from another site brings no cookies with it, so the browser is sent on to the same request by address, where
 * whoever is signed in is known.
 */
import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { ROUTES } from './provider.ts';

/** Longer addresses fail in one server or browser or another; such requests are for PAR. */
const MOST_CHARACTERS = 4096;

export function redirectPostedRequest() {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (ctx.path !== ROUTES.authorization || ctx.method !== 'POST') return next();
    const query = ctx.is('application/x-www-form-urlencoded') ? await readText(ctx.req) : '';
    if (query === undefined) {
      ctx.status = 414;
      ctx.body = {
        error: 'invalid_request',
        error_description: `the request is longer than ${MOST_CHARACTERS} characters; push it (RFC 9126) instead`,
      };
      return;
    }
    ctx.set('cache-control', 'no-store');
    ctx.status = 303;
    ctx.redirect(`/o${ROUTES.authorization}?${new URLSearchParams(query)}`);
  };
}

/** The body as text, or undefined when it is too long. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Destroyed, the request would take the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > MOST_CHARACTERS) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
