/** The second factor of a sign-in that is half done: a code of the person's app, or a recovery code. */

import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { findHalfSignIn, takeHalfSignIn } from '../../identity/half-sign-in.ts';
import { tellOwner } from '../../identity/notices.ts';
import { useSecondFactor } from '../../identity/one-time-codes.ts';
import { findAccount } from '../../store/oauth-accounts.ts';
import { countRecoveryCodes } from '../../store/oauth-authenticators.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { secondFactorPage } from '../views/second-factor.ts';
import { completeSignIn } from './finish.ts';

/** A guess is right 3 times in a million: so many a day leave a thief of the password without hope. */
const MOST_IN_QUARTER_HOUR = 6;
const MOST_IN_DAY = 30;
const QUARTER_HOUR = 15 * 60;
const DAY = 24 * 60 * 60;

export const WRONG_CODE = 'This code is wrong or was used already. Wait for the next one, then try again.';

/** Seconds to wait before another second factor of this person is looked at; 0 when this one may be. */
export async function waitForSecondFactor(
  { attempts }: Pick<Parts, 'attempts'>,
  userId: number,
): Promise<number> {
  const short = await attempts.limit('second-factor', String(userId), MOST_IN_QUARTER_HOUR, QUARTER_HOUR);
  const long = await attempts.limit('second-factor-day', String(userId), MOST_IN_DAY, DAY);
  return Math.max(short, long);
}

/** What a person reads who has to wait. */
export function tooManyCodes(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  const text =
    minutes < 90 ? `${minutes} minute${minutes === 1 ? '' : 's'}` : `${Math.ceil(minutes / 60)} hours`;
  return `Too many attempts. Wait ${text}, then try again.`;
}

/** `/o/interaction/:uid/second-factor`. Without a sign-in that is half done, or after ten minutes, it starts again. */
export function secondFactorPages(parts: Parts): Page[] {
  const { system, clock } = parts;

  const ask = (ctx: PageContext, { clientName, path: startHref }: Visit, status: number, error?: string) => {
    ctx.status = status;
    const shown = { clientName, startHref };
    show(ctx, secondFactorPage(error === undefined ? shown : { ...shown, error }));
  };

  /** Uses the code up; true when it was right. Both outcomes are in the trail. */
  const check = (userId: number, clientId: string, code: string) =>
    system('sign-in', async (sight) => {
      const used = await useSecondFactor(sight, { userId, code, now: clock() });
      sight.trace({
        ...(used ? { userId } : { subjectUserId: userId }),
        clientId,
        deed: used ? `second factor, ${used}` : 'second factor',
        outcome: used ? 'ok' : 'refused',
      });
      if (used === 'recovery code') {
        const left = await countRecoveryCodes(sight, userId);
        const account = await findAccount(sight, userId);
        if (account) {
          const sentence = `A recovery code was used to sign in to your account; ${left} of them are left.`;
          await tellOwner(parts, sight, account, sentence);
        }
      }
      return used !== undefined;
    });

  return [
    {
      path: '/o/interaction/:uid/second-factor',
      caller: 'visit',
      prompt: 'login',
      async GET(ctx, { visit }) {
        if (!(await findHalfSignIn(parts, visit))) return goTo(ctx, visit.path);
        ask(ctx, visit, 200);
      },
      async POST(ctx, { visit, form }) {
        const half = await findHalfSignIn(parts, visit);
        if (!half) return goTo(ctx, visit.path);
        const wait = await waitForSecondFactor(parts, half.userId);
        if (wait > 0) {
          ctx.set({ 'retry-after': String(wait) });
          return ask(ctx, visit, 429, tooManyCodes(wait));
        }
        if (!(await check(half.userId, visit.clientId, form.code ?? '')))
          return ask(ctx, visit, 400, WRONG_CODE);
        const proved = await takeHalfSignIn(parts, visit);
        if (proved?.userId !== half.userId) return goTo(ctx, visit.path);
        await completeSignIn(parts, ctx, visit, {
          ...proved,
          amr: [...new Set([...proved.amr, 'otp', 'mfa'])],
        });
      },
    },
  ];
}
