import { PASSWORD_ADVICE } from '../../../domain/password-rules.ts';
import { type Faults, fields, formFault } from '../fields.ts';
import { html } from '../html.ts';
import { page } from '../page.ts';
import { linkList } from '../ways.ts';
import { codeField } from './code-field.ts';

/** Asks for an address and a password of somebody who wants to keep their record. */
export function newLoginPage({
  typed = '',
  faults = {},
  signInHref,
}: Readonly<{ typed?: string; faults?: Faults; signInHref: string }>): string {
  return page(
    'Make your account',
    html`<p>With it you see your record here, and decide who else does. We send a code to your address first.</p>
${formFault(faults)}
<form method="post">
${fields(
  [
    { name: 'email', label: 'Your e-mail address', type: 'email', autocomplete: 'username', value: typed },
    {
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'new-password',
      maxlength: 1024,
      hint: `${PASSWORD_ADVICE}.`,
    },
    {
      name: 'password_again',
      label: 'Password again',
      type: 'password',
      autocomplete: 'new-password',
      maxlength: 1024,
    },
  ],
  faults,
)}
<button type="submit">Send me the code</button>
</form>
${linkList([{ label: 'I have an account: sign in', href: signInHref }])}`,
  );
}

/** Where the code for a new login is typed; it looks the same for an address that somebody has. */
export function newLoginCodePage({
  email,
  error,
  signInHref,
  againHref,
}: Readonly<{ email: string; error?: string; signInHref: string; againHref: string }>): string {
  return page(
    'Look into your mail',
    html`<p>A mail is on its way to ${email}. If there is a code like ABCD-EFGH in it, type it here within 15 minutes.
Then sign in with the password that you chose.</p>
<form method="post">
${codeField({ error, autofocus: true })}
<button type="submit">Make the account</button>
</form>
${linkList([
  { label: 'Ask for a new code', href: againHref },
  { label: 'I have an account: sign in', href: signInHref },
])}`,
  );
}
