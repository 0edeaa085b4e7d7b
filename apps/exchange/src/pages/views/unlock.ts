import { html } from './html.ts';
import { page } from './page.ts';

/** Asks before it opens the account: programs that look into mail follow links, but press no buttons. */
export function unlockPage(): string {
  return page(
    'Sign in again',
    html`<p>Signing in to your account was stopped because a wrong password or code was given many times.</p>
<p>If it was you, you can go on now. If you do not know your password any more, choose a new one afterwards.</p>
<form method="post">
<button type="submit">Let me sign in again</button>
</form>`,
  );
}

/** The account is open again. */
export function unlockedPage(homeUrl: string): string {
  return page(
    'You can sign in again',
    html`<p role="status">Your account is open. Go back to the page where you wanted to sign in, or start here.</p>
<p><a href="${homeUrl}">Sign in</a></p>`,
  );
}
