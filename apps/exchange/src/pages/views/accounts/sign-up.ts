import { PASSWORD_ADVICE } from '../../../domain/password-rules.ts';
import { type Faults, fields, formFault } from '../fields.ts';
import { html } from '../html.ts';
import { page } from '../page.ts';
import { linkList } from '../ways.ts';

export type SignUpPage = Readonly<{
  /** What was typed, by field; passwords are left out. */
  typed?: Readonly<Record<string, string>>;
  faults?: Faults;
  signInHref: string;
}>;

/** For practitioners with an invite code; patients come by an invitation of their own. */
export function signUpPage({ typed = {}, faults = {}, signInHref }: SignUpPage): string {
  const value = (name: string) => typed[name] ?? '';
  return page(
    'Create an account',
    html`<p>For clinicians and researchers whose institution gave them an invite code. If you take part in a study, open the link in your invitation instead.</p>
${formFault(faults)}
<form method="post">
${fields(
  [
    { name: 'joincode', label: 'Invite code', autocomplete: 'off', maxlength: 200, value: value('joincode') },
    {
      name: 'email',
      label: 'E-mail address',
      type: 'email',
      autocomplete: 'username',
      value: value('email'),
    },
    {
      name: 'first_name',
      label: 'First name',
      autocomplete: 'given-name',
      maxlength: 100,
      value: value('first_name'),
    },
    {
      name: 'last_name',
      label: 'Last name',
      autocomplete: 'family-name',
      maxlength: 100,
      value: value('last_name'),
    },
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
<button type="submit">Create account</button>
</form>
${linkList([{ label: 'I have an account: sign in', href: signInHref }])}`,
  );
}
