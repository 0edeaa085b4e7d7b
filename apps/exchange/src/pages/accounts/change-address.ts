/**
 * `/accounts/security/address/`: a person puts another address in the place of the one that they proved. They have
 * signed in a moment ago, and type the code that was mailed to the new address in the same session. Nobody else changes
 * it, and nothing here tells whether the new one is somebody's already.
 */

import { deviceOf } from '../../authorization/devices.ts';
import type { Parts } from '../../authorization/parts.ts';
import { readEmailAddress } from '../../domain/email-address.ts';
import { sendNewAddressCode, takeNewAddressCode, waitingAddress } from '../../identity/change-address.ts';
import { limitCalls } from '../../identity/limit.ts';
import type { SignedIn } from '../../identity/signed-in.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { noticePage } from '../views/accounts/notice.ts';
import { askNewAddressPage, newAddressCodePage } from '../views/address.ts';

const PAGE = '/accounts/security/address/';
const OTHER = `${PAGE}?other=1`;
const QUARTER = 15 * 60;
const NO_ADDRESS = 'Type an e-mail address, as in name@example.org.';
const SAME_ADDRESS = 'This is your address already.';

export function changeAddressPages(parts: Parts): Page[] {
  /** False after sending whoever has not proved the address that they have to do so. */
  function isProved(ctx: PageContext, { account }: SignedIn): boolean {
    if (!account.emailVerified) goTo(ctx, '/accounts/verify_email/');
    return account.emailVerified;
  }

  function ask(ctx: PageContext, who: SignedIn, typed = '', fault?: string): void {
    ctx.status = fault === undefined ? 200 : 400;
    const { email } = who.account;
    show(ctx, askNewAddressPage({ email, typed, faults: fault === undefined ? {} : { email: fault } }));
  }

  async function send(ctx: PageContext, who: SignedIn, form: Form): Promise<void> {
    const typed = form.email ?? '';
    const email = readEmailAddress(typed);
    if (email === undefined) return ask(ctx, who, typed, NO_ADDRESS);
    if (email.toLowerCase() === who.account.email.toLowerCase()) return ask(ctx, who, typed, SAME_ADDRESS);
    await limitCalls(parts, 'new-address', String(who.account.userId), 5, QUARTER);
    await sendNewAddressCode(parts, who, { email, device: deviceOf(ctx.get('user-agent') || null) });
    goTo(ctx, PAGE);
  }

  async function prove(ctx: PageContext, who: SignedIn, form: Form): Promise<void> {
    const outcome = await takeNewAddressCode(parts, who, form.code ?? '');
    switch (outcome.kind) {
      case 'changed':
        return goTo(ctx, '/accounts/security/?done=address-changed');
      case 'gone':
        return goTo(ctx, PAGE);
      case 'wrong': {
        const { newEmail, error } = outcome;
        ctx.status = 400;
        return show(ctx, newAddressCodePage({ email: who.account.email, newEmail, otherHref: OTHER, error }));
      }
      case 'taken':
        ctx.status = 409;
        return show(
          ctx,
          noticePage(
            'The address was not changed',
            [
              'While the code was on its way, somebody made an account with the new address. An address belongs to one account.',
              `Your address is still ${who.account.email}.`,
            ],
            { action: { label: 'Use a different address', href: OTHER } },
          ),
        );
    }
  }

  return [
    {
      path: PAGE,
      caller: 'recent-session',
      async GET(ctx, { who }) {
        if (!isProved(ctx, who)) return;
        const newEmail = await waitingAddress(parts, who);
        if (newEmail === undefined || ctx.query.other !== undefined) return ask(ctx, who);
        const { email } = who.account;
        show(ctx, newAddressCodePage({ email, newEmail, otherHref: OTHER }));
      },
      async POST(ctx, { who, form }) {
        if (!isProved(ctx, who)) return;
        return form.step === 'prove' ? prove(ctx, who, form) : send(ctx, who, form);
      },
    },
  ];
}
