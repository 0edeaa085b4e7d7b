import type { ProviderPages } from '../authorization/provider-pages.ts';
import { everyPage } from './every-page.ts';
import type { Institutions } from './institutions/pages.ts';
import { servePages } from './page-routes.ts';
import { show } from './show.ts';
import { clientWaitsPage } from './views/client-waits.ts';
import { faultPage } from './views/fault.ts';
import { signedOutPage, signOutPage } from './views/sign-out.ts';

const ADVICE: Partial<Record<string, readonly [title: string, advice: string]>> = {
  invalid_client: [
    'Unknown application',
    'The application that sent you here is not registered with this exchange.',
  ],
  invalid_redirect_uri: [
    'Wrong return address',
    'The application asked to return to an address that is not registered for it.',
  ],
  session_not_found: ['This page has expired', 'Go back to the application and sign in again.'],
};

const OTHERWISE = [
  'Signing in did not work',
  'Go back to the application and try again. If it happens again, tell the people who run it what stands below.',
] as const;

/** Our pages where the provider would show its own, and those that are ours alone. */
export const providerPages = (institutions: Institutions): ProviderPages => ({
  signOut: (ctx, form) => show(ctx, signOutPage(form)),
  signedOut: (ctx, home) => show(ctx, signedOutPage(home)),
  error(ctx, { error }, home) {
    const [title, advice] = ADVICE[error] ?? OTHERWISE;
    show(ctx, faultPage(title, advice, error, home));
  },
  clientWaits: (ctx, name, home) => show(ctx, clientWaitsPage(name, home)),
  busy: (ctx, message, home) => show(ctx, faultPage('Not now', message, 'temporarily_unavailable', home)),
  serve: (parts) => servePages(everyPage(parts, institutions), parts),
});
