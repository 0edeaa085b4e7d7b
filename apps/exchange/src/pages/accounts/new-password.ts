import { findPasswordFault } from '../../access/common-passwords.ts';
import type { Form } from '../page-context.ts';
import type { Faults } from '../views/fields.ts';

/** What is wrong with the fields `password` and `password_again` of a form, for the account of this address. */
export async function newPasswordFaults(form: Form, email: string): Promise<Faults> {
  const { password = '', password_again: again = '' } = form;
  if (password === '') return { password: 'Choose a password.' };
  const fault = await findPasswordFault(password, email);
  if (fault !== undefined) return { password: fault };
  return password === again ? {} : { password_again: 'The two passwords differ. Type the same one twice.' };
}

export const hasFaults = (faults: Faults): boolean =>
  Object.values(faults).some((fault) => fault !== undefined);
