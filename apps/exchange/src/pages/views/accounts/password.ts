import { PASSWORD_ADVICE } from '../../../domain/password-rules.ts';
import { type Faults, type Field, fields, formFault } from '../fields.ts';
import { html } from '../html.ts';
import { page } from '../page.ts';
import { type Link, linkList } from '../ways.ts';

const NEW_PASSWORD: readonly Field[] = [
  {
    name: 'password',
    label: 'New password',
    type: 'password',
    autocomplete: 'new-password',
    maxlength: 1024,
    hint: `${PASSWORD_ADVICE}.`,
  },
  {
    name: 'password_again',
    label: 'New password again',
    type: 'password',
    autocomplete: 'new-password',
    maxlength: 1024,
  },
];

/** Asks whoever opens the link of a sign-up for the password that was chosen with it. */
export function confirmWithPasswordPage(email: string, error?: string): string {
  return page(
    'Confirm your e-mail address',
    html`<p>Is ${email} your address, and did you make an account with it? Then type the password that you chose.</p>
<form method="post">
<input type="hidden" name="username" autocomplete="username" value="${email}">
${fields(
  [
    {
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'current-password',
      maxlength: 1024,
    },
  ],
  error === undefined ? {} : { password: error },
)}
<button type="submit">Yes, it is mine</button>
</form>
${linkList([{ label: 'I do not have that password', href: '/accounts/password_reset/' }])}`,
  );
}

/** So that the browser keeps the new password with the right account. */
const accountOf = (email: string) =>
  html`<input type="hidden" name="username" autocomplete="username" value="${email}">`;

/** Asks for the address that the link is sent to. */
export function askResetPage(typed = '', faults: Faults = {}): string {
  return page(
    'Forgot your password?',
    html`<p>Type your e-mail address. We send you a link with which you choose a new password.</p>
${formFault(faults)}
<form method="post">
${fields([{ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: typed }], faults)}
<button type="submit">Send the link</button>
</form>
${linkList([{ label: 'Back to sign-in', href: '/accounts/login/' }])}`,
  );
}

/** Behind the link: the new password, for the account of this address. */
export function choosePasswordPage(email: string, faults: Faults = {}): string {
  return page(
    'Choose a new password',
    html`<p>For ${email}. You are signed out everywhere else.</p>
${formFault(faults)}
<form method="post">
${accountOf(email)}
${fields(NEW_PASSWORD, faults)}
<button type="submit">Save the password</button>
</form>`,
  );
}

/** For whoever is signed in and knows their password. */
export function changePasswordPage(email: string, faults: Faults = {}, links: readonly Link[] = []): string {
  return page(
    'Change your password',
    html`<p>For ${email}. You stay signed in here and are signed out everywhere else.</p>
${formFault(faults)}
<form method="post">
${accountOf(email)}
${fields(
  [
    {
      name: 'current',
      label: 'Current password',
      type: 'password',
      autocomplete: 'current-password',
      maxlength: 1024,
    },
    ...NEW_PASSWORD,
  ],
  faults,
)}
<button type="submit">Save the new password</button>
</form>
${linkList(links)}`,
  );
}
