/** What could not be done now (RFC 9110, section 15.6.4), as each endpoint says it. */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { type AppDeps, noteBusy } from '../app.ts';
import type { Config } from '../config.ts';
import { Refusal } from '../domain/refusal.ts';
import { isForPrograms } from './protocol-faults.ts';
import type { ProviderPages } from './provider-pages.ts';

type Parts = Readonly<{ config: Pick<Config, 'siteUrl'>; log: AppDeps['log'] }>;

const isBusy = (error: unknown): error is Refusal => error instanceof Refusal && error.code === 'busy';

/**
 * Whatever failed because the database is away or has no turn left is 503 with Retry-After: JSON for programs (RFC 6749,
 * section 5.2, with the code of 4.1.2.1), a page for people. The provider would call it a fault of the server.
 */
export function answerBusy(provider: Provider, { config, log }: Parts, showBusy: ProviderPages['busy']) {
  const refusals = new WeakMap<object, Refusal>();
  provider.on('server_error', (ctx, error: unknown) => {
    if (isBusy(error)) refusals.set(ctx.req, error);
  });

  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    try {
      await next();
    } catch (error) {
      if (!isBusy(error)) throw error;
      refusals.set(ctx.req, error);
    }
    const refusal = refusals.get(ctx.req);
    if (!refusal) return;
    noteBusy(log, refusal);
    ctx.status = 503;
    ctx.remove('location');
    ctx.set({ 'retry-after': String(refusal.retryAfterSeconds ?? 1), 'cache-control': 'no-store' });
    if (isForPrograms(ctx.path))
      ctx.body = { error: 'temporarily_unavailable', error_description: refusal.message };
    else showBusy(ctx, refusal.message, `${config.siteUrl}/`);
  };
}
