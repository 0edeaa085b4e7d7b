import { type Faults, fields, formFault } from './fields.ts';
import { html } from './html.ts';
import { page } from './page.ts';
import { codeField } from './record/code-field.ts';
import { linkList } from './ways.ts';

const BACK = { label: 'Back to security', href: '/accounts/security/' };

/** Asks for the new address of an account. */
export function askNewAddressPage({
  email,
  typed = '',
  faults = {},
}: Readonly<{ email: string; typed?: string; faults?: Faults }>): string {
  return page(
    'Change your e-mail address',
    html`<p>Your address now: <b>${email}</b></p>
<p>We send a code to the new one. Nothing changes until you type it here. Organizations that you take part in will see
the new address.</p>
${formFault(faults)}
<form method="post">
${fields([{ name: 'email', label: 'New e-mail address', type: 'email', autocomplete: 'email', value: typed }], faults)}
<button type="submit" name="step" value="send">Send me the code</button>
</form>
${linkList([BACK])}`,
  );
}

/** Where the code is typed; it looks the same for an address that somebody has. */
export function newAddressCodePage({
  email,
  newEmail,
  otherHref,
  error,
}: Readonly<{ email: string; newEmail: string; otherHref: string; error?: string }>): string {
  return page(
    'Look into your mail',
    html`<p>A mail is on its way to <b>${newEmail}</b>. If there is a code like ABCD-EFGH in it, type it here within 15
minutes.</p>
<p>Then you sign in with ${newEmail} instead of ${email}. You stay signed in here and are signed out everywhere else;
apps ask you to sign in again.</p>
<form method="post">
${codeField({ error, autofocus: true })}
<button type="submit" name="step" value="prove">Change my address</button>
</form>
<form method="post">
<input type="hidden" name="email" value="${newEmail}">
<button type="submit" class="second" name="step" value="send">Send another code</button>
</form>
${linkList([{ label: 'Use a different address', href: otherHref }, BACK])}`,
  );
}
