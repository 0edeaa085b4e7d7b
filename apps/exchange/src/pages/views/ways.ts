import { type Html, html } from './html.ts';

/** A link of a page: what the person reads, and a path of ours. */
export type Link = Readonly<{ label: string; href: string }>;

/** Other ways to sign in, below a form, looking like its second button. */
export function wayButtons(ways: readonly Link[]): Html | false {
  if (ways.length === 0) return false;
  return html`<nav class="ways" aria-label="Other ways to sign in">
<p class="or">or</p>
${ways.map(({ label, href }) => html`<a class="button second" href="${href}">${label}</a>\n`)}</nav>`;
}

/** Plain links at the foot of a page. */
export function linkList(links: readonly Link[]): Html | false {
  if (links.length === 0) return false;
  return html`<p class="links">${links.map(({ label, href }) => html`<a href="${href}">${label}</a>\n`)}</p>`;
}
