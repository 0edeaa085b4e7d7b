/** Signing in with a code that is sent by e-mail: `/o/interaction/:uid/email`, `/code` and `/resend`. */
import { timingSafeEqual } from 'node:crypto';
import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { readEmailAddress } from '../../domain/email-address.ts';
import { forbidden } from '../../domain/refusal.ts';
import { judgeCode, readCode } from '../../domain/sign-in-code.ts';
import { codeUseOf } from '../../identity/code-clients.ts';
import { TOO_QUICK } from '../../identity/limit.ts';
import { proveAddress } from '../../identity/prove-address.ts';
import { hashCode, sendCode } from '../../identity/send-code.ts';
import { countFailure, lockCode, useCode } from '../../store/oauth-sign-in-codes.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { type AskAddressPage, askAddressPage, askCodePage } from '../views/email-code.ts';
import { finishSignIn } from './finish.ts';
import { waysToSignIn } from './ways.ts';

export const WRONG_CODE = 'That sign-in code is incorrect. Please try again.';
export const CLOSED_CODE = 'Too many incorrect attempts. Please request a new code and try again.';
export const OLD_CODE = 'This code does not work any more. Please request a new code and try again.';
const UNCERTAIN_ADDRESS = 'Type an e-mail address, as in name@example.org.';

const QUARTER = 15 * 60;
const PAUSE_SECONDS = 30;

type Taken = Readonly<{ userId: number; since: Date } | { error: string }>;

const isSame = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** Judges what was typed; the right code proves the address. */
function takeCode(parts: Parts, visit: Visit, typed: string): Promise<Taken> {
  return parts.system('sign-in', async (sight): Promise<Taken> => {
    const now = parts.clock();
    const held = await lockCode(sight, visit.uid);
    sight.trace({ clientId: visit.clientId, deed: 'code', outcome: 'refused' });
    if (held?.userId != null) sight.trace({ subjectUserId: held.userId });
    const matches = isSame(held?.codeHash ?? '', hashCode(visit.uid, readCode(typed)));
    switch (judgeCode(held, matches && held?.userId != null, now)) {
      case 'wrong':
        await countFailure(sight, visit.uid);
        return { error: WRONG_CODE };
      case 'closed': {
        const isOver = !held || held.usedAt !== null || held.expiresAt <= now;
        if (!isOver) await countFailure(sight, visit.uid);
        return { error: isOver ? OLD_CODE : CLOSED_CODE };
      }
      case 'taken':
        break;
    }
    const userId = Number(held?.userId);
    sight.trace({ userId, outcome: 'ok' });
    await useCode(sight, visit.uid, now);
    await proveAddress(parts, sight, userId);
    // Proving the address ends what was there before; this begins after it.
    return { userId, since: parts.clock() };
  });
}

export function emailCodePages(parts: Parts): Page[] {
  const { attempts, system, clock } = parts;

  /** For whom the application takes codes. */
  async function readUse(visit: Visit) {
    const use = await codeUseOf(parts, visit);
    if (use === 'nobody') throw forbidden('This application does not take codes by e-mail.');
    return use;
  }

  async function askAddress(
    ctx: PageContext,
    visit: Visit,
    status: number,
    typed: Pick<AskAddressPage, 'email' | 'error'>,
  ): Promise<void> {
    const ways = (await waysToSignIn(parts, visit)).filter(({ href }) => href !== `${visit.path}/email`);
    const links = [{ label: 'Sign in with a password', href: `${visit.path}?with=password` }];
    ctx.status = status;
    show(ctx, askAddressPage({ clientName: visit.clientName, ...typed, ways, links }));
  }

  function askCode(ctx: PageContext, { path }: Visit, status: number, email: string, error?: string): void {
    ctx.status = status;
    show(
      ctx,
      askCodePage({
        email,
        codeHref: `${path}/code`,
        resendHref: `${path}/resend`,
        otherHref: `${path}/email`,
        ...(error === undefined ? {} : { error }),
      }),
    );
  }

  const sentTo = ({ uid }: Visit) => system('token', (sight) => lockCode(sight, uid));

  /** Seconds until another code may be asked for, from here and for this address, known or not. */
  async function waitToSend(ctx: PageContext, email: string): Promise<number> {
    const here = await attempts.limit('code-from', ctx.ip, 30, QUARTER);
    return here > 0 ? here : attempts.limit('code-to', email, 5, QUARTER);
  }

  return [
    {
      path: '/o/interaction/:uid/email',
      caller: 'visit',
      prompt: 'login',
      async GET(ctx, { visit }) {
        await readUse(visit);
        const { login_hint: hint } = visit.interaction.params;
        await askAddress(ctx, visit, 200, typeof hint === 'string' ? { email: hint } : {});
      },
      async POST(ctx, { visit, form }) {
        const use = await readUse(visit);
        const email = readEmailAddress(form.email ?? '');
        if (email === undefined) {
          return askAddress(ctx, visit, 400, { email: form.email ?? '', error: UNCERTAIN_ADDRESS });
        }
        const wait = await waitToSend(ctx, email);
        if (wait > 0) {
          ctx.set({ 'retry-after': String(wait) });
          return askAddress(ctx, visit, 429, { email, error: TOO_QUICK });
        }
        await sendCode(parts, visit, use, email);
        goTo(ctx, `${visit.path}/code`);
      },
    },
    {
      path: '/o/interaction/:uid/code',
      caller: 'visit',
      prompt: 'login',
      async GET(ctx, { visit }) {
        await readUse(visit);
        const sent = await sentTo(visit);
        if (!sent) return goTo(ctx, `${visit.path}/email`);
        askCode(ctx, visit, 200, sent.email);
      },
      async POST(ctx, { visit, form }) {
        await readUse(visit);
        const sent = await sentTo(visit);
        if (!sent) return goTo(ctx, `${visit.path}/email`);
        const taken = await takeCode(parts, visit, form.code ?? '');
        if ('error' in taken) return askCode(ctx, visit, 400, sent.email, taken.error);
        await finishSignIn(parts, ctx, visit, { userId: taken.userId, amr: ['otp'], since: taken.since });
      },
    },
    {
      path: '/o/interaction/:uid/resend',
      caller: 'visit',
      prompt: 'login',
      async GET(ctx, { visit }) {
        await readUse(visit);
        goTo(ctx, `${visit.path}/code`);
      },
      async POST(ctx, { visit }) {
        const use = await readUse(visit);
        const sent = await sentTo(visit);
        if (!sent) return goTo(ctx, `${visit.path}/email`);
        const pause = Math.ceil(sent.sentAt.getTime() / 1000 + PAUSE_SECONDS - clock().getTime() / 1000);
        const wait = pause > 0 ? pause : await waitToSend(ctx, sent.email);
        if (wait > 0) {
          ctx.set({ 'retry-after': String(wait) });
          return askCode(ctx, visit, 429, sent.email, TOO_QUICK);
        }
        await sendCode(parts, visit, use, sent.email);
        goTo(ctx, `${visit.path}/code`);
      },
    },
  ];
}
