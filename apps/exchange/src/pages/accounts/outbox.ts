/** `/accounts/outbox/`: the mail of an exchange that somebody tries out on their own computer. */

import type { Parts } from '../../authorization/parts.ts';
import { hasOutbox, isThisComputer } from '../../config.ts';
import { isLoopbackAddress } from '../../domain/loopback.ts';
import { Refusal } from '../../domain/refusal.ts';
import { listLatestMail } from '../../store/mail.ts';
import type { PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { outboxPage } from '../views/outbox.ts';

const MOST = 50;

/**
 * The last 50 mails, newest first; not there when the exchange sends mail, can be heard by other computers, or the
 * request came from one.
 */
export function outboxPages({ config, system }: Pick<Parts, 'config' | 'system'>): Page[] {
  return [
    {
      path: '/accounts/outbox/',
      // Of this computer: looked at below.
      caller: 'anyone',
      async GET(ctx) {
        if (!(hasOutbox(config) && isAskedHere(ctx)))
          throw new Refusal('not-found', 'There is no such page.');
        const mails = await system('mail', (sight) => listLatestMail(sight, MOST));
        ctx.status = 200;
        show(ctx, outboxPage(mails));
      },
    },
  ];
}

/** What a proxy on this computer adds for a caller from anywhere. Our own mount sets some anew, so as they arrived. */
const BY_PROXIES = /^(forwarded|via|x-real-ip|x-forwarded-.*)$/i;

/**
 * Whether the connection comes from this computer. What the request says of itself only ever speaks against it:
 * another name that leads here (DNS rebinding), or a proxy that tells on whose behalf it asks.
 */
function isAskedHere(ctx: Pick<PageContext, 'req' | 'get'>): boolean {
  const { socket, rawHeaders } = ctx.req;
  return (
    isLoopbackAddress(socket.remoteAddress ?? '') &&
    isThisComputer(`http://${ctx.get('host')}`) &&
    !rawHeaders.some((name, index) => index % 2 === 0 && BY_PROXIES.test(name))
  );
}
