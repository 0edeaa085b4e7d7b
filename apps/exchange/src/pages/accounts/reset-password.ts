/** `/accounts/password_reset/` and the link in the mail: a new password for whoever reads the mail of the account. */
import { hashPassword } from '../../access/password.ts';
import type { Parts } from '../../authorization/parts.ts';
import { readEmailAddress } from '../../domain/email-address.ts';
import { inEvenTime } from '../../identity/even-time.ts';
import { limitCalls } from '../../identity/limit.ts';
import { readLink } from '../../identity/links.ts';
import { choosePassword, sendResetLink } from '../../identity/reset-password.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { noticePage } from '../views/accounts/notice.ts';
import { askResetPage, choosePasswordPage } from '../views/accounts/password.ts';
import { hasFaults, newPasswordFaults } from './new-password.ts';

const HOUR = 60 * 60;
const SENT = '/accounts/password_reset/done/';
const DONE = '/accounts/reset/done/';

function showSpentLink(ctx: PageContext): void {
  ctx.status = 410;
  const action = { label: 'Ask for another link', href: '/accounts/password_reset/' };
  show(
    ctx,
    noticePage('This link does not work any more', ['It was used before, or it is older than three days.'], {
      action,
    }),
  );
}

export function resetPasswordPages(parts: Parts): Page[] {
  return [
    {
      path: '/accounts/password_reset/',
      caller: 'anyone',
      GET: async (ctx) => show(ctx, askResetPage()),
      async POST(ctx, { form }) {
        await limitCalls(parts, 'reset', ctx.ip, 30, HOUR);
        const email = readEmailAddress(form.email ?? '');
        if (email === undefined) {
          ctx.status = 400;
          const faults = { email: 'Type an e-mail address, as in name@example.org.' };
          return show(ctx, askResetPage(form.email, faults));
        }
        await inEvenTime(() => sendResetLink(parts, email));
        goTo(ctx, SENT);
      },
    },
    {
      path: SENT,
      caller: 'anyone',
      GET: async (ctx) =>
        show(
          ctx,
          noticePage(
            'Look into your mail',
            [
              'We have sent a mail to the address that you typed. If you have an account with a password here, there is a link in it to choose a new one, for three days.',
              'Nothing there? Look among the unwanted mail, and check that you typed your address right.',
            ],
            { links: [{ label: 'Back to sign-in', href: '/accounts/login/' }] },
          ),
        ),
    },
    {
      path: DONE,
      caller: 'anyone',
      GET: async (ctx) =>
        show(
          ctx,
          noticePage(
            'Your password is changed',
            ['You are signed out everywhere. Sign in with the new password.'],
            { action: { label: 'Sign in', href: '/accounts/login/' } },
          ),
        ),
    },
    {
      path: '/accounts/reset/:uid/:token/',
      caller: 'anyone',
      async GET(ctx, { params }) {
        const holder = await parts.system('token', (sight) =>
          readLink(parts, sight, params, 'reset-password'),
        );
        if (!holder) return showSpentLink(ctx);
        show(ctx, choosePasswordPage(holder.email));
      },
      async POST(ctx, { params, form }) {
        await limitCalls(parts, 'reset', ctx.ip, 30, HOUR);
        const holder = await parts.system('token', (sight) =>
          readLink(parts, sight, params, 'reset-password'),
        );
        if (!holder) return showSpentLink(ctx);
        const faults = await newPasswordFaults(form, holder.email);
        if (hasFaults(faults)) {
          ctx.status = 400;
          return show(ctx, choosePasswordPage(holder.email, faults));
        }
        const email = await choosePassword(parts, params, await hashPassword(form.password ?? ''));
        if (email === undefined) return showSpentLink(ctx);
        await parts.attempts.open(email);
        goTo(ctx, DONE);
      },
    },
  ];
}
