/** Signing in with an e-mail address and a password. */
import { verifyPassword } from '../../access/password.ts';
import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { codeUseOf } from '../../identity/code-clients.ts';
import { findCredentials } from '../../store/oauth-accounts.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import { show } from '../show.ts';
import { type SignInPage, signInPage, WRONG_CREDENTIALS } from '../views/sign-in.ts';
import { keepBrowser, readBrowser } from './browser-cookie.ts';
import { finishSignIn } from './finish.ts';
import { accountLinks, waysToSignIn } from './ways.ts';

/** The first page of a sign-in, and what is posted to it. */
export function passwordStep(parts: Parts) {
  const { system, attempts, clock, config } = parts;
  // Makes the decoy now, so that the first unknown address takes no longer than the others.
  void verifyPassword(null, '');

  const write = async (
    ctx: PageContext,
    visit: Visit,
    status: number,
    page: Omit<SignInPage, 'clientName' | 'ways' | 'links'>,
  ) => {
    const { clientName } = visit;
    const ways = await waysToSignIn(parts, visit);
    const links = await accountLinks(parts, visit);
    ctx.status = status;
    show(ctx, signInPage({ ...page, clientName, ways, links }));
  };

  return {
    async ask(ctx: PageContext, visit: Visit): Promise<void> {
      // Most patients have no password.
      const startsWithCode = (await codeUseOf(parts, visit)) === 'everybody';
      if (startsWithCode && ctx.query.with !== 'password') return goTo(ctx, `${visit.path}/email`);
      const { login_hint } = visit.interaction.params;
      await write(ctx, visit, 200, { email: typeof login_hint === 'string' ? login_hint : '' });
    },

    async answer(ctx: PageContext, visit: Visit, form: Form): Promise<void> {
      const email = (form.email ?? '').trim().slice(0, 254);
      const browser = readBrowser(ctx, config);
      const wait = await attempts.waitSeconds(ctx.ip, email, { browser });
      if (wait > 0) {
        ctx.set({ 'retry-after': String(wait) });
        const minutes = Math.ceil(wait / 60);
        return write(ctx, visit, 429, {
          email,
          error: `Too many attempts. Wait ${minutes} minute${minutes === 1 ? '' : 's'}, then try again.`,
        });
      }
      const since = clock();
      const found = await system('token', (sight) => findCredentials(sight, email));
      const matches = await verifyPassword(found?.passwordHash ?? null, (form.password ?? '').slice(0, 1024));
      // An address that was not proved answers like one that nobody has: else whoever signed up with it would learn
      // whether there was an account before.
      if (!found?.active || !found.emailVerified || !matches) {
        await attempts.fail(ctx.ip, email, { deed: 'password', userId: found?.userId });
        return write(ctx, visit, 400, { email, error: WRONG_CREDENTIALS });
      }
      keepBrowser(ctx, config, await attempts.succeed(ctx.ip, email, browser));
      await finishSignIn(parts, ctx, visit, { userId: found.userId, amr: ['pwd'], since });
    },
  };
}
