import { field } from './fields.ts';
import { html } from './html.ts';
import { page } from './page.ts';
import { type Link, linkList, wayButtons } from './ways.ts';

export type AskAddressPage = Readonly<{
  clientName: string;
  email?: string;
  error?: string;
  ways?: readonly Link[];
  links?: readonly Link[];
}>;

const alertOf = (error: string | undefined) =>
  error !== undefined && html`<p class="error" id="error" role="alert">${error}</p>`;

/** The first page for a patient: the address that the code is sent to. */
export function askAddressPage({
  clientName,
  email = '',
  error,
  ways = [],
  links = [],
}: AskAddressPage): string {
  return page(
    'Sign in',
    html`<p>to continue to ${clientName}</p>
<p>Type your e-mail address. We send you a code to sign in with; you need no password.</p>
${alertOf(error)}
<form method="post">
${field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: email, autofocus: true })}
<button type="submit">Send me a code</button>
</form>
${wayButtons(ways)}
${linkList(links)}`,
  );
}

export type AskCodePage = Readonly<{
  email: string;
  error?: string;
  /** Where the code goes; the page is also shown under the address of `resendHref`. */
  codeHref: string;
  resendHref: string;
  otherHref: string;
}>;

/** Where the code is typed. It has no name of a person on it: it looks the same for an address that nobody has. */
export function askCodePage({ email, error, codeHref, resendHref, otherHref }: AskCodePage): string {
  const fault = error !== undefined;
  return page(
    'Look into your mail',
    html`<p>If ${email} is known here, a code like ABCD-EFGH is on its way to it. It works for three minutes.</p>
${alertOf(error)}
<form method="post" action="${codeHref}">
<label for="code">Code</label>
<input id="code" name="code" class="one-time" type="text" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="20" required autofocus${fault && html` aria-invalid="true" aria-describedby="error"`}>
<button type="submit">Sign in</button>
</form>
<form method="post" action="${resendHref}"><button type="submit" class="second">Send a new code</button></form>
${linkList([{ label: 'Use a different e-mail', href: otherHref }])}`,
  );
}
