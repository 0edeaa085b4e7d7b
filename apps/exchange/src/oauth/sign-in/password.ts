/** Signing in with an e-mail address and a password. */
import { verifyPassword } from '../../access/password.ts';
import { findCredentials } from '../../store/oauth-accounts.ts';
import type { Form, PageContext } from '../page-routes.ts';
import { signInPage, WRONG_CREDENTIALS } from '../pages/sign-in.ts';
import type { Parts } from '../parts.ts';
import { show } from '../provider-pages.ts';
import { finishSignIn } from './finish.ts';
import type { Visit } from './visit.ts';

/** The first page of a sign-in, and what is posted to it. */
export function passwordStep(parts: Parts) {
  const { system, attempts } = parts;
  // Makes the decoy now, so that the first unknown address takes no longer than the others.
  void verifyPassword(null, '');

  const write = (ctx: PageContext, status: number, page: Parameters<typeof signInPage>[0]) => {
    ctx.status = status;
    show(ctx, signInPage(page));
  };

  return {
    async ask(ctx: PageContext, { interaction, clientName }: Visit): Promise<void> {
      const hint = typeof interaction.params.login_hint === 'string' ? interaction.params.login_hint : '';
      write(ctx, 200, { clientName, email: hint });
    },

    async answer(ctx: PageContext, visit: Visit, form: Form): Promise<void> {
      const { clientName } = visit;
      const email = (form.email ?? '').trim().slice(0, 254);
      const wait = await attempts.waitSeconds(ctx.ip, email);
      if (wait > 0) {
        ctx.set({ 'retry-after': String(wait) });
        const minutes = Math.ceil(wait / 60);
        return write(ctx, 429, {
          clientName,
          email,
          error: `Too many attempts. Wait ${minutes} minute${minutes === 1 ? '' : 's'}, then try again.`,
        });
      }
      const found = await system('token', (sight) => findCredentials(sight, email));
      const matches = await verifyPassword(found?.passwordHash ?? null, (form.password ?? '').slice(0, 1024));
      if (!found?.active || !matches) {
        await attempts.fail(ctx.ip, email);
        return write(ctx, 400, { clientName, email, error: WRONG_CREDENTIALS });
      }
      await attempts.succeed(email);
      await finishSignIn(parts, ctx, visit, { userId: found.userId, amr: ['pwd'] });
    },
  };
}
