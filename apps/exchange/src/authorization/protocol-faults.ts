/** The endpoints that programs call answer in their protocol whatever happens: JSON, and nothing of what failed. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { ROUTES } from './provider.ts';

const FOR_PROGRAMS: ReadonlySet<string> = new Set([
  ROUTES.token,
  ROUTES.revocation,
  ROUTES.introspection,
  ROUTES.pushed_authorization_request,
  ROUTES.registration,
  ROUTES.userinfo,
]);
/** Where tokens are exchanged at an address of its own: its `server_error` has a sentence for whoever called. */
const EXCHANGE = /^\/token-exchange\/?$/;

/** Whether a path below /o is called by programs, which read JSON. */
export const isForPrograms = (path: string): boolean => FOR_PROGRAMS.has(path) || EXCHANGE.test(path);

/** Whatever fails unexpectedly there is `server_error` with status 500; `log` is told of it (RFC 6749, section 5.2). */
export function answerInProtocol(log: (error: Error) => void) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    const isExchange = EXCHANGE.test(ctx.path);
    if (!isForPrograms(ctx.path)) return next();
    // The provider would make a page of an error for whoever says that it likes pages better.
    ctx.req.headers.accept = 'application/json';
    try {
      await next();
    } catch (error) {
      if (answerFault(ctx, error)) return;
      log(error as Error);
      ctx.status = 500;
      ctx.body = { error: 'server_error' };
    }
    const body = ctx.body as { error?: unknown } | null;
    if (!isExchange && ctx.status >= 500 && body?.error === 'server_error')
      ctx.body = { error: 'server_error' };
  };
}

/** Answers with a fault that is the request's own, as RFC 6749, section 5.2, writes it; false for any other. */
export function answerFault(ctx: KoaContextWithOIDC, error: unknown): boolean {
  if (!(error instanceof errors.OIDCProviderError)) return false;
  ctx.status = error.statusCode;
  ctx.set('cache-control', 'no-store');
  ctx.body = { error: error.error, error_description: error.error_description };
  return true;
}
