/** `/accounts/verify_email/` and the link in the mail: who signed up shows that the address is theirs. */
import { verifyPassword } from '../../access/password.ts';
import type { Parts } from '../../authorization/parts.ts';
import { whoIsSignedIn } from '../../authorization/session.ts';
import { safeNext } from '../../domain/next-path.ts';
import { limitCalls } from '../../identity/limit.ts';
import { type LinkParams, makeLink, readLink, useLink } from '../../identity/links.ts';
import { verificationMail } from '../../identity/mails.ts';
import { queueMail } from '../../store/mail.ts';
import { findPasswordHash, markVerified } from '../../store/oauth-account-holders.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { confirmPage, noticePage } from '../views/accounts/notice.ts';
import { confirmWithPasswordPage } from '../views/accounts/password.ts';

const HOUR = 60 * 60;
const DONE = '/accounts/verify_email_complete/';

const doneAnd = (next: string) => (next === '/' ? DONE : `${DONE}?next=${encodeURIComponent(next)}`);

/**
 * The link alone is not enough: it is confirmed by whoever is signed in to the account, or knows its password. Otherwise
 * somebody could sign up with the address of another person, and wait for that person to open the mail.
 */
async function openLink(
  parts: Parts,
  ctx: PageContext,
  params: LinkParams,
  form: Form | undefined,
): Promise<void> {
  const next = safeNext(ctx.query.next);
  const signedIn = await whoIsSignedIn(parts, ctx);
  if (signedIn?.account.emailVerified) return goTo(ctx, doneAnd(next));
  const holder = await parts.system('token', (sight) => readLink(parts, sight, params, 'verify-email'));
  if (!holder) {
    ctx.status = 410;
    const action = { label: 'Choose a new password', href: '/accounts/password_reset/' };
    const links = [{ label: 'Sign in', href: '/accounts/login/' }];
    return show(
      ctx,
      noticePage(
        'This link does not work any more',
        [
          'It was used before, or it is older than three days.',
          'If you cannot sign in yet, choose a new password: that confirms your address as well.',
        ],
        { action, links },
      ),
    );
  }
  if (!signedIn) {
    if (form === undefined) return show(ctx, confirmWithPasswordPage(holder.email));
    await limitCalls(parts, 'verify-password', String(holder.userId), 10, HOUR);
    const hash = await parts.system('token', (sight) => findPasswordHash(sight, holder.userId));
    if (!(await verifyPassword(hash, (form.password ?? '').slice(0, 1024)))) {
      ctx.status = 400;
      return show(ctx, confirmWithPasswordPage(holder.email, 'This is not the password of the account.'));
    }
    await confirm(parts, params, holder.userId);
    const action = { label: 'Sign in', href: `/accounts/login/?next=${encodeURIComponent(next)}` };
    return show(
      ctx,
      noticePage('Your e-mail address is confirmed', [`Sign in with ${holder.email} and your password.`], {
        action,
      }),
    );
  }
  if (signedIn.account.userId !== holder.userId) {
    ctx.status = 403;
    const links = [{ label: 'Sign out', href: '/accounts/logout/' }];
    return show(
      ctx,
      noticePage(
        'Signed in as somebody else',
        [
          `You are signed in as ${signedIn.account.email}, and this link is for another account. Sign out, then open it again.`,
        ],
        { links },
      ),
    );
  }
  if (form === undefined) {
    return show(
      ctx,
      confirmPage('Confirm your e-mail address', [`Is ${holder.email} your address?`], 'Yes, confirm it'),
    );
  }
  await confirm(parts, params, holder.userId);
  goTo(ctx, doneAnd(next));
}

const confirm = (parts: Parts, params: LinkParams, userId: number): Promise<void> =>
  parts.system('account', async (sight) => {
    sight.trace({ userId, deed: 'verify e-mail' });
    if (await useLink(parts, sight, params, 'verify-email')) await markVerified(sight, userId);
  });

export function verifyEmailPages(parts: Parts): Page[] {
  return [
    {
      path: '/accounts/verify_email/',
      caller: 'session',
      async GET(ctx, { who }) {
        const { email, emailVerified } = who.account;
        if (emailVerified) return goTo(ctx, DONE);
        show(
          ctx,
          confirmPage(
            'Confirm your e-mail address',
            [
              `We send a mail to ${email} with a link to open.`,
              'Until the address is confirmed, being a member of an organization shows you nothing.',
            ],
            'Send the mail',
            [{ label: 'Sign out', href: '/accounts/logout/' }],
          ),
        );
      },
      async POST(ctx, { who }) {
        const { userId, email, emailVerified } = who.account;
        if (emailVerified) return goTo(ctx, DONE);
        await limitCalls(parts, 'verify-email', String(userId), 5, HOUR);
        await parts.system('account', async (sight) => {
          sight.trace({ userId, deed: 'send verification' });
          const link = await makeLink(parts, sight, { userId, email, purpose: 'verify-email' });
          const { siteUrl } = parts.config;
          await queueMail(sight, verificationMail({ recipient: email, siteUrl }, link));
        });
        goTo(ctx, '/accounts/verify_email_done/');
      },
    },
    {
      path: '/accounts/verify_email_done/',
      caller: 'anyone',
      GET: async (ctx) =>
        show(
          ctx,
          noticePage(
            'The mail is on its way',
            ['Open the link in it within three days, in this browser if you can.'],
            {
              links: [{ label: 'Send it again', href: '/accounts/verify_email/' }],
            },
          ),
        ),
    },
    {
      path: '/accounts/verify_email_confirm/:uid/:token/',
      caller: 'anyone',
      GET: (ctx, { params }) => openLink(parts, ctx, params, undefined),
      POST: (ctx, { params, form }) => openLink(parts, ctx, params, form),
    },
    {
      path: DONE,
      caller: 'session',
      async GET(ctx, { who }) {
        if (!who.account.emailVerified) return goTo(ctx, '/accounts/verify_email/');
        const action = { label: 'Go on', href: safeNext(ctx.query.next) };
        show(
          ctx,
          noticePage('Your e-mail address is confirmed', [`${who.account.email} is yours.`], { action }),
        );
      },
    },
  ];
}
