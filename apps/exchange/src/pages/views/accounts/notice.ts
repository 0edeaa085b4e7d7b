import { html } from '../html.ts';
import { page } from '../page.ts';
import { type Link, linkList } from '../ways.ts';

/** A page that says something, with at most one thing to do next. */
export function noticePage(
  title: string,
  paragraphs: readonly string[],
  { action, links = [] }: { action?: Link; links?: readonly Link[] } = {},
): string {
  return page(
    title,
    html`${paragraphs.map((text) => html`<p>${text}</p>\n`)}
${action !== undefined && html`<a class="button" href="${action.href}">${action.label}</a>`}
${linkList(links)}`,
  );
}

/** A page with one button that does what its title says; the form goes to the page's own address. */
export function confirmPage(
  title: string,
  paragraphs: readonly string[],
  button: string,
  links: readonly Link[] = [],
): string {
  return page(
    title,
    html`${paragraphs.map((text) => html`<p>${text}</p>\n`)}
<form method="post"><button type="submit">${button}</button></form>
${linkList(links)}`,
  );
}
