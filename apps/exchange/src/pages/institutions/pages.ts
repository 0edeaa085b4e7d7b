/** Where institutions and their answers arrive, and where a visit leaves for them. */

import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import type { Config } from '../../config.ts';
import { safeNext } from '../../domain/next-path.ts';
import { findInstitution } from '../../identity/institutions/known.ts';
import { goTo, type PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { arrive } from './arrive.ts';
import { acceptOidc, createIssuers, leaveForOidc } from './oidc.ts';
import { acceptSaml, createIdentities, leaveForSaml, refuseSingleLogout, showSamlMetadata } from './saml.ts';

/** Signed answers carry certificates and dozens of attributes. */
const ANSWER_BYTES = 256 * 1024;

/** What institutions said about themselves lately; one memory for the whole server, whatever keys it works with. */
export const createInstitutions = (clock: () => Date, config: Pick<Config, 'siteUrl'>) => ({
  identities: createIdentities(clock, config),
  issuers: createIssuers(clock, config),
});

export type Institutions = ReturnType<typeof createInstitutions>;

/** Pages of sign-in through an institution. */
export function institutionPages(own: Parts, institutions: Institutions): Page[] {
  const parts = { ...own, ...institutions };
  return [
    {
      path: '/o/interaction/:uid/saml/:slug',
      caller: 'visit',
      prompt: 'login',
      GET: (ctx, { visit, params: { slug = '' } }) => leaveForSaml(parts, ctx, visit, slug),
    },
    {
      path: '/o/interaction/:uid/oidc/:slug',
      caller: 'visit',
      prompt: 'login',
      GET: (ctx, { visit, params: { slug = '' } }) => leaveForOidc(parts, ctx, visit, slug),
    },
    {
      path: '/o/interaction/:uid/external',
      caller: 'visit',
      prompt: 'login',
      GET: (ctx, { visit }) => arrive(parts, ctx, visit),
    },
    {
      path: '/allauth/saml/:slug/login/',
      caller: 'anyone',
      GET: (ctx, { params: { slug = '' } }) => startVisit(parts, ctx, slug),
    },
    {
      path: '/allauth/saml/:slug/acs/',
      caller: 'anyone',
      fromOtherSites: true,
      formBytes: ANSWER_BYTES,
      POST: (ctx, { params: { slug = '' }, form }) => acceptSaml(parts, ctx, slug, form),
    },
    {
      path: '/allauth/saml/:slug/metadata/',
      caller: 'anyone',
      GET: (ctx, { params: { slug = '' } }) => showSamlMetadata(parts, ctx, slug),
    },
    {
      path: '/allauth/saml/:slug/sls/',
      caller: 'anyone',
      fromOtherSites: true,
      GET: refuseSingleLogout,
      POST: refuseSingleLogout,
    },
    {
      path: '/allauth/oidc/:slug/callback/',
      caller: 'anyone',
      GET: (ctx, { params: { slug = '' } }) => acceptOidc(parts, ctx, slug),
    },
  ];
}

/** Remembers for two minutes where the next sign-in of this browser goes on to. */
const HINT = 'jhe_institution';

/** `/allauth/saml/:slug/login/?next=`: a sign-in that goes straight on to the institution, for links from elsewhere. */
async function startVisit(parts: Parts, ctx: PageContext, slug: string): Promise<void> {
  await findInstitution(parts, 'saml', slug);
  setHint(ctx, parts, slug, 120);
  goTo(ctx, `/accounts/login/?next=${encodeURIComponent(safeNext(ctx.query.next))}`);
}

/**
 * Sends a sign-in on to the institution that its browser came to sign in at; false when it came for none. It asks once:
 * whoever comes back sees all ways to sign in.
 */
export function continueToInstitution(parts: Pick<Parts, 'config'>, ctx: PageContext, visit: Visit): boolean {
  const slug = new RegExp(`(?:^|;\\s*)${HINT}=([a-z0-9-]{1,63})(?:;|$)`).exec(ctx.get('cookie'))?.[1];
  if (slug === undefined || visit.interaction.prompt.name !== 'login') return false;
  setHint(ctx, parts, '', 0);
  goTo(ctx, `${visit.path}/saml/${slug}`);
  return true;
}

function setHint(ctx: PageContext, { config }: Pick<Parts, 'config'>, slug: string, seconds: number): void {
  const secure = config.siteUrl.startsWith('https:') ? '; Secure' : '';
  ctx.res.appendHeader(
    'set-cookie',
    `${HINT}=${slug}; Path=/o/interaction; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`,
  );
}
