import { html } from './html.ts';
import { page } from './page.ts';
import { type Link, linkList, wayButtons } from './ways.ts';

/** The same for a wrong password, an address that is unknown or was not confirmed, and a deactivated person. */
export const WRONG_CREDENTIALS =
  'This e-mail address and password do not match. Check both and try again. If you have just signed up, open the link in the mail first.';

export type SignInPage = Readonly<{
  /** The client that the person is on the way to. */
  clientName: string;
  email?: string;
  error?: string;
  /** Other ways to sign in, as buttons below the form. */
  ways?: readonly Link[];
  /** What else one may have come for, as plain links: a forgotten password, an account. */
  links?: readonly Link[];
}>;

/** E-mail and password. The form goes to the address of the page itself. */
export function signInPage({ clientName, email = '', error, ways = [], links = [] }: SignInPage): string {
  const fault = error !== undefined;
  return page(
    'Sign in',
    html`<p>to continue to ${clientName}</p>
${fault && html`<p class="error" id="error" role="alert">${error}</p>`}
<form method="post">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" maxlength="254" required value="${email}"${fault && html` aria-invalid="true" aria-describedby="error"`}${!email && html` autofocus`}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${fault && html` aria-invalid="true" aria-describedby="error"`}${email !== '' && html` autofocus`}>
<button type="submit">Sign in</button>
</form>
${wayButtons(ways)}
${linkList(links)}`,
  );
}
