/** `/accounts/password_change/`: a new password for whoever is signed in and knows the current one. */
import { hashPassword, verifyPassword } from '../../access/password.ts';
import type { Parts } from '../../authorization/parts.ts';
import { endAllAccess } from '../../identity/end-access.ts';
import { TOO_QUICK } from '../../identity/limit.ts';
import { passwordChangedMail } from '../../identity/mails.ts';
import { holdSignedIn, type SignedIn } from '../../identity/signed-in.ts';
import { queueMail } from '../../store/mail.ts';
import { findPasswordHash, setPassword } from '../../store/oauth-account-holders.ts';
import { deleteLinks } from '../../store/oauth-account-links.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { noticePage } from '../views/accounts/notice.ts';
import { changePasswordPage } from '../views/accounts/password.ts';
import type { Faults } from '../views/fields.ts';
import { hasFaults, newPasswordFaults } from './new-password.ts';

const DONE = '/accounts/password_change/done/';
const LINKS = [{ label: 'Forgot your password?', href: '/accounts/password_reset/' }];

async function replacePassword(
  parts: Parts,
  { account, sessionUid }: SignedIn,
  password: string,
): Promise<void> {
  const passwordHash = await hashPassword(password);
  const { userId, email } = account;
  await parts.system('account', async (sight) => {
    sight.trace({ userId, deed: 'change password' });
    await holdSignedIn(parts, sight, { userId, sessionUid });
    await setPassword(sight, userId, passwordHash);
    await deleteLinks(sight, userId, 'reset-password');
    await endAllAccess(parts, sight, userId, sessionUid);
    await queueMail(sight, passwordChangedMail({ recipient: email, siteUrl: parts.config.siteUrl }));
  });
}

export function changePasswordPages(parts: Parts): Page[] {
  const { attempts, system } = parts;

  function write(ctx: PageContext, status: number, email: string, faults: Faults = {}): void {
    ctx.status = status;
    show(ctx, changePasswordPage(email, faults, LINKS));
  }

  return [
    {
      path: '/accounts/password_change/',
      caller: 'session',
      GET: async (ctx, { who }) => write(ctx, 200, who.account.email),
      async POST(ctx, { who, form }) {
        const { userId, email } = who.account;
        const attempt = { deed: 'password to change it', userId };
        const wait = await attempts.waitSeconds(ctx.ip, email, attempt);
        if (wait > 0) {
          ctx.set({ 'retry-after': String(wait) });
          return write(ctx, 429, email, { current: TOO_QUICK });
        }
        const passwordHash = await system('token', (sight) => findPasswordHash(sight, userId));
        if (!(await verifyPassword(passwordHash, (form.current ?? '').slice(0, 1024)))) {
          await attempts.fail(ctx.ip, email, attempt);
          return write(ctx, 400, email, { current: 'This is not your current password.' });
        }
        await attempts.succeed(ctx.ip, email);
        const faults = await newPasswordFaults(form, email);
        if (hasFaults(faults)) return write(ctx, 400, email, faults);
        await replacePassword(parts, who, form.password ?? '');
        goTo(ctx, DONE);
      },
    },
    {
      path: DONE,
      caller: 'anyone',
      GET: async (ctx) =>
        show(
          ctx,
          noticePage(
            'Your password is changed',
            ['You stay signed in here and are signed out everywhere else.'],
            {
              action: { label: 'Go on', href: '/' },
            },
          ),
        ),
    },
  ];
}
