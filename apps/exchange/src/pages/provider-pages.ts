/** Puts our pages where the provider would show its own. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { faultPage } from './views/fault.ts';
import { headersOf } from './views/page.ts';
import { signedOutPage, signOutPage } from './views/sign-out.ts';

type Writable = Pick<KoaContextWithOIDC, 'set' | 'path'> & { body: unknown };

/** Sends a page with its headers. */
export function show(ctx: Writable, page: string): void {
  ctx.set(headersOf(ctx.path));
  ctx.body = page;
}

export function signOut(ctx: KoaContextWithOIDC, form: string): void {
  show(ctx, signOutPage(form));
}

export function signedOut(ctx: KoaContextWithOIDC, siteUrl: string): void {
  show(ctx, signedOutPage(`${siteUrl}/`));
}

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

/** A fault that cannot be sent back to the client: it is said to the person, with what to do. */
export function errorPage(ctx: KoaContextWithOIDC, out: { error: string }, siteUrl: string): void {
  const [title, advice] = ADVICE[out.error] ?? [
    'Signing in did not work',
    'Go back to the application and try again. If it happens again, tell the people who run it what stands below.',
  ];
  show(ctx, faultPage(title, advice, out.error, `${siteUrl}/`));
}
