/** Asks the signed-in person whether a client that is not our own may act for them, and with which powers. */
import { errors, type Provider } from 'oidc-provider';
import { findAccount } from '../store/oauth-accounts.ts';
import { audienceOf } from './access-token.ts';
import { type Form, goTo, type PageContext } from './page-routes.ts';
import { approvePage } from './pages/approve.ts';
import type { Parts } from './parts.ts';
import { show } from './provider-pages.ts';
import { hasResourceScope, inPlainWords, knownScopes } from './scopes.ts';
import type { Visit } from './sign-in/visit.ts';

/** What the person is asked for. */
async function readRequest({ provider }: Pick<Parts, 'provider'>, { interaction, clientId }: Visit) {
  const { session, params, grantId, prompt } = interaction;
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details as {
    missingOIDCScope?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  if (!session) throw new errors.SessionNotFound('nobody is signed in');
  const client = await provider.Client.find(clientId);
  // A client that asks for no records gets those it is registered for, so these are what is decided about.
  const defaults = hasResourceScope(String(params.scope ?? ''))
    ? []
    : knownScopes(String(client?.default_scopes ?? ''));
  return { accountId: session.accountId, grantId, missingOIDCScope, missingResourceScopes, defaults };
}

export async function askApproval(parts: Parts, ctx: PageContext, visit: Visit): Promise<void> {
  const { accountId, missingOIDCScope, missingResourceScopes, defaults } = await readRequest(parts, visit);
  const account = await parts.system('token', (sight) => findAccount(sight, Number(accountId)));
  const asks = inPlainWords([
    ...defaults,
    ...new Set([...missingOIDCScope, ...Object.values(missingResourceScopes).flat()]),
  ]);
  show(ctx, approvePage({ clientName: visit.clientName, email: account?.email ?? '', asks }));
}

export async function answerApproval(
  parts: Parts,
  ctx: PageContext,
  visit: Visit,
  form: Form,
): Promise<void> {
  const { provider, config } = parts;
  const asked = await readRequest(parts, visit);
  const finish = async (result: Parameters<Provider['interactionResult']>[2]) =>
    goTo(ctx, await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: true }));
  if (form.decision !== 'allow') {
    return finish({ error: 'access_denied', error_description: 'The person did not allow it.' });
  }
  const { accountId, grantId, missingOIDCScope, missingResourceScopes, defaults } = asked;
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const grant = known ?? new provider.Grant({ accountId, clientId: visit.clientId });
  if (missingOIDCScope.length > 0) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes))
    grant.addResourceScope(resource, scopes.join(' '));
  if (defaults.length > 0) grant.addResourceScope(audienceOf(config), defaults.join(' '));
  return finish({ consent: { grantId: await grant.save() } });
}
