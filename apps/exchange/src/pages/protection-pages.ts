import type { Parts } from '../authorization/parts.ts';
import { authenticatorPages } from './accounts/authenticator.ts';
import { changeAddressPages } from './accounts/change-address.ts';
import { ownPasskeyPages } from './accounts/passkeys.ts';
import { securityPages } from './accounts/security.ts';
import { sessionPages } from './accounts/sessions.ts';
import type { Page } from './page-routes.ts';
import { scriptPages } from './page-scripts.ts';
import { passkeyPages } from './sign-in/passkey.ts';
import { secondFactorPages } from './sign-in/second-factor.ts';

/** Passkeys and second factors, at sign-in and on the person's own pages, and the pages about where one is signed in. */
export const protectionPages = (parts: Parts): Page[] => [
  ...scriptPages(),
  ...passkeyPages(parts),
  ...secondFactorPages(parts),
  ...securityPages(parts),
  ...changeAddressPages(parts),
  ...ownPasskeyPages(parts),
  ...authenticatorPages(parts),
  ...sessionPages(parts),
];
