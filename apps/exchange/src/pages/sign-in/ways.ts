/** Ways to sign in besides the form that is on the page: each is a link to a step of the visit, or to another site. */

import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { safeNext } from '../../domain/next-path.ts';
import { ACCOUNT_CLIENT_ID } from '../../domain/own-pages.ts';
import { codeUseOf } from '../../identity/code-clients.ts';
import { listOfferedInstitutions } from '../../identity/institutions/known.ts';
import { readSignUpTerms } from '../../store/oauth-account-settings.ts';

/** `label` is what the person reads; `href` a path of ours, such as `/o/interaction/<uid>/passkey`. */
export type Way = Readonly<{ label: string; href: string }>;

const CODE_LABEL = {
  everybody: 'Send me a code by e-mail',
  patients: 'Patients: get a code by e-mail',
} as const;

/** The other ways that are open to whoever is on this visit, the likeliest first; shown on every sign-in form. */
export async function waysToSignIn(parts: Parts, visit: Visit): Promise<Way[]> {
  const { path } = visit;
  const institutions = await listOfferedInstitutions(parts);
  const codeUse = await codeUseOf(parts, visit);
  return [
    ...(codeUse === 'nobody' ? [] : [{ label: CODE_LABEL[codeUse], href: `${path}/email` }]),
    ...institutions.map(({ kind, slug, name }) => ({
      label: `Continue with ${name}`,
      href: `${path}/${kind}/${slug}`,
    })),
    { label: 'Use a passkey', href: `${path}/passkey` },
  ];
}

/**
 * For whoever cannot sign in yet. Their way goes through their mail, so it does not come back to this visit, which may
 * be over by then or in another browser: only where an account page is what they came for, that is remembered.
 */
export async function accountLinks({ system }: Pick<Parts, 'system'>, visit: Visit): Promise<Way[]> {
  const { isOpen } = await system('token', readSignUpTerms);
  const next = visit.clientId === ACCOUNT_CLIENT_ID ? safeNext(visit.interaction.params.state) : '/';
  const query = next === '/' ? '' : `?next=${encodeURIComponent(next)}`;
  return [
    { label: 'Forgot your password?', href: '/accounts/password_reset/' },
    ...(isOpen ? [{ label: 'Create an account', href: `/accounts/signup/${query}` }] : []),
  ];
}
