/** Signing in with a passkey, without saying who one is first. It is two factors in one. */

import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { askForPasskey, readPasskeyAnswer } from '../../identity/passkeys.ts';
import { findAccount } from '../../store/oauth-accounts.ts';
import type { PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { PASSKEY_SCRIPT_URL, showWithScript } from '../page-scripts.ts';
import { passkeyPage } from '../views/passkey.ts';
import { finishSignIn } from './finish.ts';

const UNKNOWN = 'This passkey did not work here. Try again, or sign in another way.';
const COPIED =
  'This passkey was refused, because a copy of it seems to be in use. Sign in another way, then remove it from your account.';

/** `/o/interaction/:uid/passkey`. */
export function passkeyPages(parts: Parts): Page[] {
  const ask = async (ctx: PageContext, visit: Visit, status: number, error?: string) => {
    const { clientName, path: startHref } = visit;
    const options = await askForPasskey(parts, visit.uid);
    ctx.status = status;
    const shown = { clientName, options, startHref, scriptUrl: PASSKEY_SCRIPT_URL };
    showWithScript(ctx, passkeyPage(error === undefined ? shown : { ...shown, error }));
  };
  const isOpen = async (userId: number) =>
    (await parts.system('token', (sight) => findAccount(sight, userId))) !== undefined;
  return [
    {
      path: '/o/interaction/:uid/passkey',
      caller: 'visit',
      prompt: 'login',
      GET: (ctx, { visit }) => ask(ctx, visit, 200),
      async POST(ctx, { visit, form }) {
        const since = parts.clock();
        const answer = await readPasskeyAnswer(parts, visit, form.credential);
        if (answer.outcome === 'copied') return ask(ctx, visit, 400, COPIED);
        if (answer.outcome === 'ok' && (await isOpen(answer.userId))) {
          const { userId, amr } = answer;
          return finishSignIn(parts, ctx, visit, { userId, amr, since });
        }
        await parts.system('sign-in', async (sight) => {
          sight.trace({ clientId: visit.clientId, outcome: 'refused', deed: 'passkey' });
          if (answer.outcome === 'ok') sight.trace({ userId: answer.userId });
        });
        return ask(ctx, visit, 400, UNKNOWN);
      },
    },
  ];
}
