/**
 * A login for somebody who came to make a record theirs. It is made when the mailed code is typed, not before: so that
 * whoever tries an address here learns nothing about it, and nobody waits in a login made with another's address.
 */
import { randomBytes } from 'node:crypto';
import { hashPassword } from '../../access/password.ts';
import { deviceOf } from '../../authorization/devices.ts';
import type { Parts } from '../../authorization/parts.ts';
import { readEmailAddress } from '../../domain/email-address.ts';
import { inEvenTime } from '../../identity/even-time.ts';
import { limitCalls } from '../../identity/limit.ts';
import { addressTakenMail, newLoginCodeMail } from '../../identity/mails.ts';
import { newCode, takeTypedCode } from '../../identity/record/typed-code.ts';
import { queueMail } from '../../store/mail.ts';
import { findHolder } from '../../store/oauth-account-holders.ts';
import { addPatientLogin } from '../../store/oauth-accounts.ts';
import { findMoment, keepMoment, takeMoment } from '../../store/oauth-moments.ts';
import { hasFaults, newPasswordFaults } from '../accounts/new-password.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { newLoginCodePage, newLoginPage } from '../views/record/new-login.ts';
import { claimPath, requireClaim } from './visit-claim.ts';

const HOUR = 60 * 60;
const KEPT_MS = 15 * 60 * 1000;

const ADDRESS = 'Type an e-mail address, as in name@example.org.';

/** Sends a code to an address that nobody has, and word to whoever has it; the caller cannot see which. */
async function begin(parts: Parts, ctx: PageContext, email: string, password: string): Promise<string> {
  const pending = randomBytes(32).toString('base64url');
  await inEvenTime(async () => {
    const passwordHash = await hashPassword(password);
    const mayMail = (await parts.attempts.limit('sign-up-mail', email, 3, 24 * HOUR)) === 0;
    await parts.system('account', async (sight) => {
      sight.trace({ deed: 'sign-up to keep a record' });
      const expiresAt = new Date(parts.clock().getTime() + KEPT_MS);
      await keepMoment(sight, { kind: 'NewLogin', of: pending, payload: { email, passwordHash }, expiresAt });
      const code = await newCode(parts, sight, `login ${pending}`, { email, userId: null });
      if (!mayMail) return;
      const { siteUrl } = parts.config;
      const holder = await findHolder(sight, email);
      await queueMail(
        sight,
        holder
          ? addressTakenMail({ recipient: holder.email, siteUrl })
          : newLoginCodeMail({ recipient: email, siteUrl }, code, deviceOf(ctx.get('user-agent') || null)),
      );
    });
  });
  return pending;
}

type Made = { kind: 'made' | 'gone' } | { kind: 'wrong'; error: string };

/** Makes the login; its address is proved by the code. */
function finish(parts: Parts, pending: string, email: string, typed: string): Promise<Made> {
  return parts.system('account', async (sight): Promise<Made> => {
    sight.trace({ deed: 'make a login to keep a record', outcome: 'refused' });
    const wrong = await takeTypedCode(parts, sight, `login ${pending}`, { email, typed });
    if (wrong) return { kind: 'wrong', ...wrong };
    const kept = await takeMoment(sight, { kind: 'NewLogin', of: pending }, parts.clock());
    if (!kept) return { kind: 'gone' };
    const userId = await addPatientLogin(sight, { email, passwordHash: String(kept.passwordHash) });
    // Somebody else proved it meanwhile: then it is theirs, and they sign in as they do.
    if (userId !== undefined) sight.trace({ userId, outcome: 'ok' });
    return { kind: 'made' };
  });
}

/** `/accounts/record/claim/:token/signup` and the page where its code is typed. */
export function claimSignUpPages(parts: Parts): Page[] {
  const path = '/accounts/record/claim/:token/signup';
  const signInHref = (token: string) => `/accounts/login/?next=${encodeURIComponent(claimPath(token))}`;
  const hrefs = (token: string) => ({
    signInHref: signInHref(token),
    againHref: `${claimPath(token)}signup/`,
  });
  const readPending = async (pending: string): Promise<string | undefined> => {
    const kept = await parts.system('token', (sight) =>
      findMoment(sight, { kind: 'NewLogin', of: pending }, parts.clock()),
    );
    return kept && String(kept.email);
  };
  return [
    {
      path,
      caller: 'anyone',
      async GET(ctx, { params: { token = '' } }) {
        if (!(await requireClaim(parts, ctx, token))) return;
        show(ctx, newLoginPage({ signInHref: signInHref(token) }));
      },
      async POST(ctx, { params: { token = '' }, form }) {
        if (!(await requireClaim(parts, ctx, token))) return;
        await limitCalls(parts, 'sign-up', ctx.ip, 30, HOUR);
        const email = readEmailAddress(form.email ?? '');
        const faults = {
          ...(email === undefined ? { email: ADDRESS } : {}),
          ...(await newPasswordFaults(form, email ?? '')),
        };
        if (email === undefined || hasFaults(faults)) {
          ctx.status = 400;
          return show(ctx, newLoginPage({ typed: form.email ?? '', faults, signInHref: signInHref(token) }));
        }
        const pending = await begin(parts, ctx, email, form.password ?? '');
        goTo(ctx, `${claimPath(token)}signup/${pending}/`);
      },
    },
    {
      path: `${path}/:pending`,
      caller: 'anyone',
      async GET(ctx, { params: { token = '', pending = '' } }) {
        const email = await readPending(pending);
        if (email === undefined) return goTo(ctx, `${claimPath(token)}signup/`);
        show(ctx, newLoginCodePage({ email, ...hrefs(token) }));
      },
      async POST(ctx, { params: { token = '', pending = '' }, form }) {
        await limitCalls(parts, 'sign-up-code', ctx.ip, 60, HOUR);
        const email = await readPending(pending);
        if (email === undefined) return goTo(ctx, `${claimPath(token)}signup/`);
        const made = await finish(parts, pending, email, form.code ?? '');
        if (made.kind === 'wrong') {
          ctx.status = 400;
          return show(ctx, newLoginCodePage({ email, error: made.error, ...hrefs(token) }));
        }
        goTo(ctx, made.kind === 'made' ? signInHref(token) : `${claimPath(token)}signup/`);
      },
    },
  ];
}
