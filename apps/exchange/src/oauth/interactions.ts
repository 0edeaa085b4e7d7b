/**
 * What stands between a request for authorization and its answer: signing in, and approving a client that is not our
 * own. A page belongs to the browser that started it: the provider keeps its uid in a signed cookie bound to its path,
 * which other sites' forms do not carry (SameSite=Lax).
 */
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { verifyPassword } from '../access/password.ts';
import type { System } from '../access/system.ts';
import type { Config } from '../config.ts';
import { Refusal } from '../domain/refusal.ts';
import { findAccount, findCredentials, recordSignIn } from '../store/oauth-accounts.ts';
import { audienceOf } from './access-token.ts';
import { readForm } from './form-body.ts';
import { approvePage } from './pages/approve.ts';
import { faultPage } from './pages/fault.ts';
import { signInPage, WRONG_CREDENTIALS } from './pages/sign-in.ts';
import { show } from './provider-pages.ts';
import { hasResourceScope, inPlainWords, knownScopes } from './scopes.ts';
import { createSignInAttempts } from './sign-in-attempts.ts';

type Context = Pick<KoaContextWithOIDC, 'method' | 'path' | 'req' | 'res' | 'ip' | 'set' | 'redirect'> & {
  status: number;
  body: unknown;
};
type Parts = Readonly<{ provider: Provider; system: System; clock: () => Date; config: Config }>;
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

const PATH = /^\/interaction\/([\w-]{10,64})\/?$/;

/** Middleware for `/interaction/:uid`; passes everything else on. */
export function interactions(parts: Parts) {
  const { provider, config } = parts;
  const answerSignIn = createSignIn(parts);

  return async (ctx: Context, next: () => Promise<void>): Promise<void> => {
    const uid = PATH.exec(ctx.path)?.[1];
    if (uid === undefined) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'POST') {
      ctx.status = 405;
      ctx.set({ allow: 'GET, POST' });
      return;
    }
    try {
      const interaction = await provider.interactionDetails(ctx.req, ctx.res);
      if (interaction.uid !== uid) throw new errors.SessionNotFound('another page');
      const client = await provider.Client.find(String(interaction.params.client_id));
      const clientName = client?.clientName ?? 'the exchange';
      if (interaction.prompt.name === 'login') await answerSignIn(ctx, interaction, clientName);
      else await answerApproval(parts, ctx, interaction, clientName, String(client?.default_scopes ?? ''));
    } catch (error) {
      if (error instanceof errors.SessionNotFound) {
        ctx.status = 400;
        const advice = 'Go back to the application and sign in again.';
        show(
          ctx as KoaContextWithOIDC,
          faultPage('This page has expired', advice, 'session_not_found', `${config.siteUrl}/`),
        );
        return;
      }
      if (error instanceof Refusal && error.code === 'too-large') {
        ctx.status = 413;
        ctx.body = error.message;
        return;
      }
      throw error;
    }
  };
}

function createSignIn({ provider, system, clock }: Parts) {
  const attempts = createSignInAttempts(clock);
  // Makes the decoy now, so that the first unknown address takes no longer than the others.
  void verifyPassword(null, '');

  return async (ctx: Context, interaction: Interaction, clientName: string): Promise<void> => {
    const hint = typeof interaction.params.login_hint === 'string' ? interaction.params.login_hint : '';
    const write = (status: number, page: Parameters<typeof signInPage>[0]) => {
      ctx.status = status;
      show(ctx as KoaContextWithOIDC, signInPage(page));
    };
    if (ctx.method === 'GET') return write(200, { clientName, email: hint });

    const form = await readForm(ctx.req);
    const email = (form.email ?? '').trim().slice(0, 254);
    const wait = attempts.waitSeconds(ctx.ip, email);
    if (wait > 0) {
      ctx.set({ 'retry-after': String(wait) });
      const minutes = Math.ceil(wait / 60);
      return write(429, {
        clientName,
        email,
        error: `Too many attempts. Wait ${minutes} minute${minutes === 1 ? '' : 's'}, then try again.`,
      });
    }
    const found = await system('token', (sight) => findCredentials(sight, email));
    const matches = await verifyPassword(found?.passwordHash ?? null, (form.password ?? '').slice(0, 1024));
    if (!found?.active || !matches) {
      attempts.fail(ctx.ip, email);
      return write(400, { clientName, email, error: WRONG_CREDENTIALS });
    }
    attempts.succeed(email);
    await system('sign-in', (sight) => recordSignIn(sight, found.userId, clock()));
    const login = { accountId: String(found.userId), remember: true, amr: ['pwd'] };
    const returnTo = await provider.interactionResult(
      ctx.req,
      ctx.res,
      { login },
      { mergeWithLastSubmission: false },
    );
    ctx.status = 303;
    ctx.redirect(returnTo);
  };
}

async function answerApproval(
  { provider, system, config }: Parts,
  ctx: Context,
  interaction: Interaction,
  clientName: string,
  defaultScopes: string,
): Promise<void> {
  const { session, params, grantId, prompt } = interaction;
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details as {
    missingOIDCScope?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  if (!session) throw new errors.SessionNotFound('nobody is signed in');
  // A client that asks for no records gets those it is registered for, so these are what is decided about.
  const defaults = hasResourceScope(String(params.scope ?? '')) ? [] : knownScopes(defaultScopes);
  if (ctx.method === 'GET') {
    const account = await system('token', (sight) => findAccount(sight, Number(session.accountId)));
    const asks = inPlainWords([
      ...defaults,
      ...new Set([...missingOIDCScope, ...Object.values(missingResourceScopes).flat()]),
    ]);
    show(ctx as KoaContextWithOIDC, approvePage({ clientName, email: account?.email ?? '', asks }));
    return;
  }
  const { decision } = await readForm(ctx.req);
  const finish = async (result: Parameters<Provider['interactionResult']>[2]) => {
    const returnTo = await provider.interactionResult(ctx.req, ctx.res, result, {
      mergeWithLastSubmission: true,
    });
    ctx.status = 303;
    ctx.redirect(returnTo);
  };
  if (decision !== 'allow') {
    return finish({ error: 'access_denied', error_description: 'The person did not allow it.' });
  }
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  const grant =
    known ?? new provider.Grant({ accountId: session.accountId, clientId: String(params.client_id) });
  if (missingOIDCScope.length > 0) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes))
    grant.addResourceScope(resource, scopes.join(' '));
  if (defaults.length > 0) grant.addResourceScope(audienceOf(config), defaults.join(' '));
  return finish({ consent: { grantId: await grant.save() } });
}
