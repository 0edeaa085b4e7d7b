import type { Parts } from '../../authorization/parts.ts';
import type { Page } from '../page-routes.ts';
import { changePasswordPages } from './change-password.ts';
import { resetPasswordPages } from './reset-password.ts';
import { signInPages } from './sign-in.ts';
import { signUpPages } from './sign-up.ts';
import { verifyEmailPages } from './verify-email.ts';

/** The pages of accounts by password and e-mail, below `/accounts/`. */
export function accountPages(parts: Parts): Page[] {
  return [
    ...signInPages(parts),
    ...signUpPages(parts),
    ...verifyEmailPages(parts),
    ...resetPasswordPages(parts),
    ...changePasswordPages(parts),
  ];
}
