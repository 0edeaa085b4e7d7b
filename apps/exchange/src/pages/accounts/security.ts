/** The page that says how an account is protected, and leads to changing it. */

import type { Parts } from '../../authorization/parts.ts';
import { findCredentials } from '../../store/oauth-accounts.ts';
import { countRecoveryCodes, findAuthenticator } from '../../store/oauth-authenticators.ts';
import { listPasskeys } from '../../store/oauth-passkeys.ts';
import { listVouchers } from '../../store/oauth-signed-in.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { securityPage } from '../views/security.ts';

/** What was just done, by the word that the page was come back to with. */
const DONE: ReadonlyMap<string, string> = new Map([
  [
    'address-changed',
    'Your e-mail address was changed. You are signed out everywhere else, and apps ask you to sign in again.',
  ],
  ['passkey-added', 'Your passkey was added. Next time, choose “Use a passkey” when you sign in.'],
  ['passkey-removed', 'The passkey was removed.'],
  ['passkey-renamed', 'The passkey has its new name.'],
  ['authenticator-off', 'The authenticator app was turned off.'],
]);

/** `/accounts/security/`. */
export function securityPages(parts: Parts): Page[] {
  return [
    {
      path: '/accounts/security/',
      caller: 'session',
      async GET(ctx, { who }) {
        const { userId, email, emailVerified } = who.account;
        const facts = await parts.system('token', async (sight) => ({
          hasPassword: (await findCredentials(sight, email))?.passwordHash != null,
          passkeys: await listPasskeys(sight, userId),
          authenticatorSince: (await findAuthenticator(sight, userId))?.confirmedAt ?? null,
          recoveryCodesLeft: await countRecoveryCodes(sight, userId),
          vouchers: (await listVouchers(sight, userId)).map(({ issuer, ...voucher }) => ({
            ...voucher,
            name: URL.parse(issuer)?.host || issuer,
          })),
        }));
        const done = DONE.get(String(ctx.query.done));
        show(ctx, securityPage({ email, emailVerified, ...facts, ...(done === undefined ? {} : { done }) }));
      },
    },
  ];
}
