import { html } from './html.ts';
import { page } from './page.ts';

/** Why signing in did not work and what to do now. `code` is for whoever is asked for help. */
export function faultPage(title: string, advice: string, code: string, homeUrl: string): string {
  return page(
    title,
    html`<p>${advice}</p>
<p class="code">${code}</p>
<p><a href="${homeUrl}">Back to the start</a></p>`,
  );
}
