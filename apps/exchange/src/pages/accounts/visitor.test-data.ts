/** A person with a browser and a mailbox, for the tests of account pages. */

import type { LightMyRequestResponse } from 'fastify';
import { openMails } from '../../../../../tests/setup/mail.ts';
import { type Browser, PASSWORD, SITE, type World } from '../../authorization/world.test-data.ts';

export type Answer = Readonly<{
  url: string;
  status: number;
  body: string;
  headers: Record<string, unknown>;
}>;

export type Visitor = Readonly<{
  /** Opens a page and follows redirects; `form` posts to it first. */
  open(url: string, form?: Record<string, string>): Promise<Answer>;
  /** One request, nothing followed. */
  once(url: string, form?: Record<string, string>): Promise<LightMyRequestResponse>;
  /** Opens a page that needs signing in, and signs in on the way. */
  enter(url: string, email: string, password?: string): Promise<Answer>;
}>;

export function visitor(world: World): Visitor {
  const browser: Browser = world.browser();
  const once = (url: string, form?: Record<string, string>) =>
    browser.go(form ? { method: 'POST', url, form } : { url });

  async function open(url: string, form?: Record<string, string>): Promise<Answer> {
    let at = url;
    let answer = await once(at, form);
    for (let count = 0; answer.statusCode === 303 || answer.statusCode === 302; count++) {
      if (count > 12) throw new Error(`too many redirects at ${at}`);
      at = new URL(String(answer.headers.location), new URL(at, SITE)).href.replace(SITE, '');
      // The portal itself is not served here.
      if (at === '/' || !at.startsWith('/')) break;
      answer = await once(at);
    }
    return { url: at, status: answer.statusCode, body: answer.body, headers: answer.headers };
  }

  return {
    open,
    once,
    async enter(url, email, password = PASSWORD) {
      const page = await open(url);
      if (!page.url.startsWith('/o/interaction/')) throw new Error(`no sign-in at ${page.url}: ${page.body}`);
      return open(page.url, { email, password });
    },
  };
}

export type Letter = { recipient: string; subject: string; body: string };

/** All mail to an address, oldest first. */
export async function mailTo(world: World, recipient: string): Promise<Letter[]> {
  const { rows } = await world.database.owner.query(
    'select recipient, subject, body from mail where lower(recipient) = lower($1) order by id',
    [recipient],
  );
  return openMails(rows as Letter[]);
}

/** The path of the last link in the last mail to an address that begins with `start`. */
export async function linkTo(world: World, recipient: string, start: string): Promise<string> {
  const letter = (await mailTo(world, recipient)).at(-1);
  const link = letter?.body.match(/https?:\S+/g)?.find((url) => url.startsWith(`${SITE}${start}`));
  if (!link) throw new Error(`no link ${start} in the mail to ${recipient}: ${letter?.body}`);
  return link.slice(SITE.length);
}

/** Sets a setting, or removes it. */
export async function setSetting(world: World, key: string, value: unknown): Promise<void> {
  await world.database.owner.query('delete from setting where key = $1', [key]);
  if (value === undefined) return;
  await world.database.owner.query('insert into setting (key, value) values ($1, $2::jsonb)', [
    key,
    JSON.stringify(value),
  ]);
}
