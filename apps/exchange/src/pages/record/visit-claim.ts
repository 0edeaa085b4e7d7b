import type { Parts } from '../../authorization/parts.ts';
import { type Claim, isClaimToken, readClaim } from '../../identity/record/claim.ts';
import type { PageContext } from '../page-context.ts';
import { show } from '../show.ts';
import { noticePage } from '../views/accounts/notice.ts';

/** Where a claim lives. */
export const claimPath = (token: string): string => `/accounts/record/claim/${token}/`;

/** What the address of a page claims, or undefined after saying that it leads nowhere, whatever the reason. */
export async function requireClaim(
  parts: Pick<Parts, 'system' | 'clock'>,
  ctx: PageContext,
  token: string,
): Promise<Claim | undefined> {
  const claim = isClaimToken(token)
    ? await parts.system('token', (sight) => readClaim(parts, sight, token))
    : undefined;
  if (!claim) showNoClaim(ctx);
  return claim;
}

/** The same words for whatever is not to be claimed with this link any more. */
export function showNoClaim(ctx: PageContext): void {
  ctx.status = 410;
  show(
    ctx,
    noticePage(
      'This link does not work here',
      [
        'It was opened in an app already, it is too old, or it was taken back.',
        'If you use the app, go there and choose to make the record yours. Otherwise ask the people who invited you for a new link, and open it here before you open it in the app.',
      ],
      { links: [{ label: 'I have another link', href: '/accounts/record/claim/' }] },
    ),
  );
}
