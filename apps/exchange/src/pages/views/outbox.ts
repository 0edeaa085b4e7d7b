import type { OutboxMail } from '../../store/mail.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';

const UNREADABLE = 'This text cannot be opened: it is sealed with a key that is not here.';
const ADDRESS = /https?:\/\/[^\s<>"]+/g;

/** The mail that nobody sends, newest first, each as its reader would see it: whole lines, links that work. */
export function outboxPage(mails: readonly OutboxMail[]): string {
  return page(
    'Outbox',
    html`<p>This exchange runs on your computer without a mail server, so the mail that it would send is shown
here, newest first. Reload the page to see more.</p>
${mails.length === 0 && html`<p role="status">No mail yet.</p>`}
${mails.map(
  (mail) => html`<article class="mail">
<h2>${mail.subject}</h2>
<p>To ${mail.recipient}<br><time datetime="${mail.createdAt.toISOString()}">${saidOf(mail.createdAt)}</time></p>
<p class="text">${mail.body === null ? UNREADABLE : withLinks(mail.body)}</p>
</article>
`,
)}`,
  );
}

/** A time as people write it, in UTC: the page does not know where its reader is. */
const saidOf = (at: Date) =>
  `${at.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' })} UTC`;

/** Text with its web addresses as links; a point or bracket at the end belongs to the sentence. */
function withLinks(text: string): Html[] {
  const parts: Html[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(/[.,;:!?)\]]+$/, '');
    parts.push(html`${text.slice(from, match.index)}<a href="${address}">${address}</a>`);
    from = match.index + address.length;
  }
  return [...parts, html`${text.slice(from)}`];
}
