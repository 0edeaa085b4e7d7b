/** The endpoints that programs call answer in their protocol whatever happens: JSON, and nothing of what failed. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { ROUTES } from './provider.ts';

const FOR_PROGRAMS: ReadonlySet<string> = new Set([
  ROUTES.token,
  ROUTES.revocation,
  ROUTES.introspection,
  ROUTES.pushed_authorization_request,
  ROUTES.registration,
  ROUTES.userinfo,
]);

/** Whatever fails unexpectedly there is `server_error` with status 500; `log` is told of it (RFC 6749, section 5.2). */
export function answerInProtocol(log: (error: Error) => void) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (!FOR_PROGRAMS.has(ctx.path)) return next();
    // The provider would make a page of an error for whoever says that it likes pages better.
    ctx.req.headers.accept = 'application/json';
    try {
      await next();
    } catch (error) {
      log(error as Error);
      ctx.status = 500;
      ctx.body = { error: 'server_error' };
    }
    const body = ctx.body as { error?: unknown } | null;
    if (ctx.status >= 500 && body?.error === 'server_error') ctx.body = { error: 'server_error' };
  };
}
