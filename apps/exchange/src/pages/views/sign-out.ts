import { html, trusted } from './html.ts';
import { page } from './page.ts';

/** Asks before signing out; `form` is the provider's own form, which carries its protection against forgery. */
export function signOutPage(form: string): string {
  return page(
    'Sign out?',
    html`<p>You will be signed out of the exchange in this browser. Applications that you let in from it are disconnected.</p>
${trusted(form)}
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm" class="second">Stay signed in</button>`,
  );
}

/** After signing out, when the client named no place to go to. */
export function signedOutPage(homeUrl: string): string {
  return page('You are signed out', html`<p><a href="${homeUrl}">Back to the start</a></p>`);
}
