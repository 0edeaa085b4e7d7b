/** Somebody at our own pages, without a socket: keeps cookies and follows where the pages lead. */

import { openBrowser } from '../../apps/exchange/src/authorization/world.test-data.ts';
import type { TestExchange } from './exchange.ts';
import { openMails } from './mail.ts';

export type Page = Readonly<{ url: string; status: number; body: string }>;
/** Opens a page, or sends a form to it, and what it leads to. */
export type Open = (url: string, form?: Record<string, string>) => Promise<Page>;

const SITE = 'http://localhost:8000';
const MOST_STEPS = 12;
export const PASSWORD_OF_A_TEST = 'nine green turtles';

export function openPages({ app }: Pick<TestExchange, 'app'>): Open {
  const browser = openBrowser(({ method = 'GET', url, form, headers = {} }) =>
    app.http.inject({
      method,
      url,
      headers: {
        host: 'localhost:8000',
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...headers,
      },
      ...(form ? { payload: new URLSearchParams(form).toString() } : {}),
    }),
  );
  return async (url, form) => {
    let at = url;
    let answer = await browser.go(form ? { method: 'POST', url, form } : { url });
    for (let step = 0; [302, 303].includes(answer.statusCode) && step < MOST_STEPS; step++) {
      at = new URL(String(answer.headers.location), new URL(at, SITE)).href.replace(SITE, '');
      // The portal itself is not served here.
      if (at === '/' || !at.startsWith('/')) break;
      answer = await browser.go({ url: at });
    }
    return { url: at, status: answer.statusCode, body: answer.body };
  };
}

type Rows = (text: string, values: unknown[]) => Promise<Record<string, unknown>[]>;

/** The code in the last mail to an address; one that is wrong where there is none. */
export async function codeInMail(rows: Rows, address: string): Promise<string> {
  const [mail] = openMails(
    await rows('select recipient, body from mail where recipient = $1 order by id desc limit 1', [address]),
  );
  return /\n {4}(\S+)\n/.exec(String(mail?.body ?? ''))?.[1] ?? 'AAAA-AAAA';
}

/** Makes an account with this address on the way to a claim, and signs in with it; whether that went well. */
export async function signUpToClaim(
  open: Open,
  rows: Rows,
  { path, email }: Readonly<{ path: string; email: string }>,
): Promise<boolean> {
  const passwords = { password: PASSWORD_OF_A_TEST, password_again: PASSWORD_OF_A_TEST };
  const pending = await open(`${path}signup/`, { email, ...passwords });
  if (pending.status !== 200) return false;
  const made = await open(pending.url, { code: await codeInMail(rows, email) });
  if (!made.url.startsWith('/o/interaction/')) return false;
  const entered = await open(made.url, { email, password: PASSWORD_OF_A_TEST });
  return entered.status === 200;
}
