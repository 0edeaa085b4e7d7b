import { html } from './html.ts';
import { page } from './page.ts';

/** For a person whom a client sent here before anybody has looked at it. Nothing is wrong with the person's account. */
export function clientWaitsPage(clientName: string, homeUrl: string): string {
  return page(
    'This application waits for approval',
    html`<p><strong>${clientName}</strong> has asked to be connected to this exchange, and the people who run it have not
decided yet. Until then it cannot sign anybody in.</p>
<p>If you know who runs this exchange, tell them that you are waiting. Then go back to the application and try again.</p>
<p class="code">client_waits</p>
<p><a href="${homeUrl}">Back to the start</a></p>`,
  );
}
