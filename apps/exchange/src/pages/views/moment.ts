import { type Html, html } from './html.ts';

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });

/** A moment for people, such as "22 November 2026, 05:13 UTC": these pages do not know the reader's own clock. */
export function moment(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${DAY.format(at)}, ${TIME.format(at)} UTC</time>`;
}

/** Its day, without the mark for machines. */
export const dayText = (at: Date): string => DAY.format(at);

/** Its day only. */
export function day(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${DAY.format(at)}</time>`;
}
