/** `/accounts/password_reset/` and the link in the mail: a new password for whoever reads the mail of the account. */
import { hashPassword } from '../../access/password.ts';
import type { SystemSight } from '../../access/system.ts';
import { readEmailAddress } from '../../domain/email-address.ts';
import { queueMail } from '../../store/mail.ts';
import { findHolder, type Holder, setPassword } from '../../store/oauth-account-holders.ts';
import { deleteLinks } from '../../store/oauth-account-links.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { noticePage } from '../views/accounts/notice.ts';
import { askResetPage, choosePasswordPage } from '../views/accounts/password.ts';
import type { Parts } from '../../authorization/parts.ts';
import { show } from '../provider-pages.ts';
import { endAllAccess } from '../../identity/end-access.ts';
import { inEvenTime } from '../../identity/even-time.ts';
import { limitCalls } from '../../identity/limit.ts';
import { type LinkParams, makeLink, readLink, useLink } from '../../identity/links.ts';
import { elsewhereMail, noAccountMail, passwordChangedMail, resetMail } from '../../identity/mails.ts';
import { hasFaults, newPasswordFaults } from './new-password.ts';
import { proveAddress } from '../../identity/prove-address.ts';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;
const SENT = '/accounts/password_reset/done/';
const DONE = '/accounts/reset/done/';

/** Writes to the address, whether or not it is known here; the answer to the form is the same. */
async function sendLink(parts: Parts, email: string): Promise<void> {
  const { system, attempts } = parts;
  const holder = await system('token', (sight) => findHolder(sight, email));
  const wait = holder
    ? await attempts.limit('reset-mail', email, 5, HOUR)
    : await attempts.limit('no-account-mail', email, 1, DAY);
  if (wait > 0) return;
  await system('account', (sight) => writeMail(parts, sight, email, holder));
}

async function writeMail(parts: Parts, sight: SystemSight, email: string, holder: Holder | undefined) {
  const { siteUrl } = parts.config;
  sight.trace({ deed: 'ask for a new password', outcome: holder ? 'ok' : 'refused' });
  if (!holder) return queueMail(sight, noAccountMail({ recipient: email, siteUrl }));
  const { userId } = holder;
  sight.trace({ subjectUserId: userId });
  const to = { recipient: holder.email, siteUrl };
  if (holder.onlyElsewhere) return queueMail(sight, elsewhereMail(to));
  const link = await makeLink(parts, sight, { userId, email: holder.email, purpose: 'reset-password' });
  return queueMail(sight, resetMail(to, link));
}

/** Everything in one transaction: the link is used up only if the password is set. */
function choosePassword(parts: Parts, params: LinkParams, passwordHash: string): Promise<string | undefined> {
  return parts.system('account', async (sight) => {
    sight.trace({ deed: 'choose a new password', outcome: 'refused' });
    const holder = await useLink(parts, sight, params, 'reset-password');
    if (!holder) return undefined;
    const { userId, email } = holder;
    sight.trace({ userId, outcome: 'ok' });
    await proveAddress(parts, sight, userId);
    await setPassword(sight, userId, passwordHash);
    await deleteLinks(sight, userId, 'reset-password');
    await endAllAccess(parts, sight, userId);
    await queueMail(sight, passwordChangedMail({ recipient: email, siteUrl: parts.config.siteUrl }));
    return email;
  });
}

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
        await inEvenTime(() => sendLink(parts, email));
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
