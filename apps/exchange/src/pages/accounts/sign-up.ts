/** `/accounts/signup/`: practitioners make their own account, with the code that their institution gave them. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { hashPassword } from '../../access/password.ts';
import type { SystemSight } from '../../access/system.ts';
import { readDefaultMemberships } from '../../domain/default-memberships.ts';
import { readEmailAddress } from '../../domain/email-address.ts';
import { safeNext } from '../../domain/next-path.ts';
import { queueMail } from '../../store/mail.ts';
import { addDefaultMemberships, findHolder } from '../../store/oauth-account-holders.ts';
import { readSignUpTerms, type SignUpTerms } from '../../store/oauth-account-settings.ts';
import { addPractitioner } from '../../store/oauth-accounts.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { noticePage } from '../views/accounts/notice.ts';
import { signUpPage } from '../views/accounts/sign-up.ts';
import type { Faults } from '../views/fields.ts';
import type { Parts } from '../../authorization/parts.ts';
import { show } from '../provider-pages.ts';
import { inEvenTime } from '../../identity/even-time.ts';
import { limitCalls } from '../../identity/limit.ts';
import { makeLink } from '../../identity/links.ts';
import { addressTakenMail, verificationMail } from '../../identity/mails.ts';
import { hasFaults, newPasswordFaults } from './new-password.ts';

type Newcomer = Readonly<{
  email: string;
  given: string;
  family: string;
  passwordHash: string;
  next: string;
}>;

const HOUR = 60 * 60;

/** Compares in a time that does not tell how much of it was right. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

async function findFaults(
  form: Form,
  email: string | undefined,
  { inviteCode }: SignUpTerms,
): Promise<Faults> {
  const isNamed = (name: string) => (form[name] ?? '').trim() !== '';
  return {
    joincode: isSame((form.joincode ?? '').trim(), inviteCode) ? undefined : 'Your Invite Code is invalid.',
    email: email === undefined ? 'Type an e-mail address, as in name@example.org.' : undefined,
    first_name: isNamed('first_name') ? undefined : 'Type your first name.',
    last_name: isNamed('last_name') ? undefined : 'Type your last name.',
    ...(await newPasswordFaults(form, email ?? '')),
  } as Faults;
}

/** Either makes the account, or tells whoever has the address already; the caller cannot see which. */
async function signUp(
  parts: Parts,
  sight: SystemSight,
  newcomer: Newcomer,
  terms: SignUpTerms,
): Promise<void> {
  const { siteUrl } = parts.config;
  const { email, next } = newcomer;
  const userId = await addPractitioner(sight, { ...newcomer, superuser: false, emailVerified: false });
  if (userId === undefined) {
    sight.trace({ deed: 'sign-up', outcome: 'refused' });
    // To the address as the account has it: letters that differ may be another mailbox.
    const holder = await findHolder(sight, email);
    // Whoever signed up before and lost the mail gets another: its link takes the password of the first time.
    if (holder && !holder.emailVerified) await sendLink(parts, sight, holder, next);
    else if (holder) await queueMail(sight, addressTakenMail({ recipient: holder.email, siteUrl }));
    return;
  }
  sight.trace({ deed: 'sign-up', subjectUserId: userId });
  await addDefaultMemberships(sight, userId, readDefaultMemberships(terms.defaultOrganizations));
  await sendLink(parts, sight, { userId, email }, next);
}

async function sendLink(
  parts: Parts,
  sight: SystemSight,
  { userId, email }: Readonly<{ userId: number; email: string }>,
  next: string,
): Promise<void> {
  const link = await makeLink(parts, sight, { userId, email, purpose: 'verify-email' });
  const query = next === '/' ? '' : `?next=${encodeURIComponent(next)}`;
  const to = { recipient: email, siteUrl: parts.config.siteUrl };
  await queueMail(sight, verificationMail(to, `${link}${query}`));
}

export function signUpPages(parts: Parts): Page[] {
  const { system, attempts } = parts;
  const signInHref = (next: string) =>
    `/accounts/login/${next === '/' ? '' : `?next=${encodeURIComponent(next)}`}`;

  const closed = (ctx: PageContext, next: string) => {
    ctx.status = 403;
    const links = [{ label: 'I have an account: sign in', href: signInHref(next) }];
    show(
      ctx,
      noticePage(
        'Accounts are made by invitation',
        [
          'Nobody can sign up here by themselves at the moment. Ask whoever runs this exchange to add you.',
          'If you take part in a study, open the link in your invitation.',
        ],
        { links },
      ),
    );
  };

  return [
    {
      path: '/accounts/signup/',
      caller: 'anyone',
      async GET(ctx) {
        const next = safeNext(ctx.query.next);
        const { isOpen } = await system('token', readSignUpTerms);
        if (!isOpen) return closed(ctx, next);
        show(ctx, signUpPage({ signInHref: signInHref(next) }));
      },
      async POST(ctx, { form }) {
        const next = safeNext(ctx.query.next);
        await limitCalls(parts, 'sign-up', ctx.ip, 30, HOUR);
        const terms = await system('token', readSignUpTerms);
        if (!terms.isOpen) return closed(ctx, next);
        const email = readEmailAddress(form.email ?? '');
        const faults = await findFaults(form, email, terms);
        if (faults.joincode !== undefined) {
          const deed = 'sign-up, wrong invite code';
          await system('account', async (sight) => sight.trace({ deed, outcome: 'refused' }));
        }
        if (email === undefined || hasFaults(faults)) {
          ctx.status = 400;
          return show(ctx, signUpPage({ typed: form, faults, signInHref: signInHref(next) }));
        }
        await inEvenTime(async () => {
          const passwordHash = await hashPassword(form.password ?? '');
          const newcomer = {
            email,
            given: tidy(form.first_name),
            family: tidy(form.last_name),
            passwordHash,
            next,
          };
          // Nobody's mailbox is filled by this form.
          if ((await attempts.limit('sign-up-mail', email, 3, 24 * HOUR)) > 0) return;
          await system('account', (sight) => signUp(parts, sight, newcomer, terms));
        });
        goTo(ctx, '/accounts/signup/done/');
      },
    },
    {
      path: '/accounts/signup/done/',
      caller: 'anyone',
      GET: async (ctx) =>
        show(
          ctx,
          noticePage(
            'Look into your mail',
            [
              'We have sent you a mail. Open the link in it within three days to finish.',
              'Nothing there? Look among the unwanted mail, and check that you typed your address right.',
            ],
            { links: [{ label: 'Back to sign-in', href: '/accounts/login/' }] },
          ),
        ),
    },
  ];
}

/** A name without control characters and at most 100 characters long. */
const tidy = (name = '') =>
  name
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 100);
