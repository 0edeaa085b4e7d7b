/** `/accounts/unlock/:token`: opens an account that guessing has closed, by the link that its person was sent. */

import type { Parts } from '../../authorization/parts.ts';
import { Refusal } from '../../domain/refusal.ts';
import { hashUnlockToken } from '../../identity/attempts.ts';
import { isUnlockOpen, useUnlock } from '../../store/oauth-attempts.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { unlockedPage, unlockPage } from '../views/unlock.ts';

const gone = () =>
  new Refusal('gone', 'This link has been used or is too old. Wait a few minutes, then sign in again.');

/** Looking at the link changes nothing; the button uses it, once. */
export function unlockPages({
  config,
  system,
  clock,
  attempts,
}: Pick<Parts, 'config' | 'system' | 'clock' | 'attempts'>): Page[] {
  return [
    {
      path: '/accounts/unlock/:token',
      caller: 'anyone',
      async GET(ctx, { params: { token = '' } }) {
        const isOpen = await system('token', (sight) => isUnlockOpen(sight, hashUnlockToken(token), clock()));
        if (!isOpen) throw gone();
        ctx.status = 200;
        show(ctx, unlockPage());
      },
      async POST(ctx, { params: { token = '' } }) {
        const used = await system('account', async (sight) => {
          const person = await useUnlock(sight, hashUnlockToken(token), clock());
          sight.trace({
            deed: 'unlock',
            outcome: person ? 'ok' : 'refused',
            ...(person && { userId: person.userId }),
          });
          return person;
        });
        if (!used) throw gone();
        await attempts.open(used.email);
        ctx.status = 200;
        show(ctx, unlockedPage(`${config.siteUrl}/`));
      },
    },
  ];
}
