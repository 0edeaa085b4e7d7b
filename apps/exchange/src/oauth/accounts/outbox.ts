/** `/accounts/outbox/`: the mail of an exchange that somebody tries out on their own computer. */
import { hasOutbox, isThisComputer } from '../../config.ts';
import { Refusal } from '../../domain/refusal.ts';
import { listLatestMail } from '../../store/mail.ts';
import type { PageRoute } from '../page-routes.ts';
import { outboxPage } from '../pages/outbox.ts';
import type { Parts } from '../parts.ts';
import { show } from '../provider-pages.ts';

const MOST = 50;

/** The last 50 mails, newest first; not there when the exchange sends mail or is not on this computer. */
export function outboxPages({ config, system }: Pick<Parts, 'config' | 'system'>): PageRoute[] {
  return [
    {
      path: '/accounts/outbox/',
      async GET(ctx) {
        // Another name that leads to this computer belongs to somebody who wants to read over our shoulder.
        const isOurs = hasOutbox(config) && isThisComputer(`http://${ctx.get('host')}`);
        if (!isOurs) throw new Refusal('not-found', 'There is no such page.');
        const mails = await system('mail', (sight) => listLatestMail(sight, MOST));
        ctx.status = 200;
        show(ctx, outboxPage(mails));
      },
    },
  ];
}
