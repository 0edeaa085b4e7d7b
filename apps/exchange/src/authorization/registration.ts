/**
 * Dynamic registration (RFC 7591). Anybody may ask, so asking gives nothing yet: the client waits until a person has
 * looked at it, and what it wishes for itself is a wish.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type Registration, registrationSchema } from '../domain/client-metadata.ts';
import { makeClientSecret } from '../domain/client-secret.ts';
import { beyondBounds } from '../intake/json-bounds.ts';
import { addClient, countWaiting, forgetWaiting } from '../store/oauth-client-registrations.ts';
import type { Parts } from './parts.ts';
import { ROUTES } from './provider.ts';

const LIMIT_BYTES = 32 * 1024;
const BOUNDS = { depth: 16, values: 2_000 };
const MOST_AN_HOUR = 20;
/** More than a person can look at is somebody filling the queue; of one sender far fewer wait at a time. */
const MOST_WAITING = 500;
const MOST_WAITING_OF_SENDER = 10;
const WAITS_AT_MOST_MS = 30 * 24 * 60 * 60 * 1000;

type Fault = Readonly<{ status: number; error: string; description: string; retryAfterSeconds?: number }>;

/** `POST /register/`: 201 with what is registered, and with a secret this once. */
export function answerRegistration(parts: Parts) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (ctx.path !== ROUTES.registration) return next();
    ctx.set({ 'cache-control': 'no-store', pragma: 'no-cache' });
    if (ctx.method !== 'POST') {
      ctx.status = 405;
      ctx.set('allow', 'POST');
      ctx.body = { error: 'invalid_request', error_description: 'clients register by POST' };
      return;
    }
    const answer = await register(parts, ctx);
    if ('error' in answer) {
      ctx.status = answer.status;
      if (answer.retryAfterSeconds !== undefined) ctx.set('retry-after', String(answer.retryAfterSeconds));
      ctx.body = { error: answer.error, error_description: answer.description };
      return;
    }
    ctx.status = 201;
    ctx.body = answer;
  };
}

async function register(parts: Parts, ctx: KoaContextWithOIDC): Promise<Fault | object> {
  const { attempts, provider, system, clock } = parts;
  const retryAfterSeconds = await attempts.limit('register', ctx.ip, MOST_AN_HOUR, 60 * 60);
  if (retryAfterSeconds > 0) {
    const description = 'too many registrations from this address';
    return { status: 429, error: 'temporarily_unavailable', description, retryAfterSeconds };
  }
  const body = ctx.is('application/json') ? await readJson(ctx.req) : undefined;
  if (body === undefined) return invalid('the body must be a JSON object of at most 32 KiB');
  if (JSON.stringify(body).includes('\\u0000')) return invalid('a character in it cannot be kept');
  const parsed = registrationSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.join('.') ?? '';
    const isAddress = path.startsWith('redirect_uris');
    return invalid(`${path}: ${issue?.message}`, isAddress ? 'invalid_redirect_uri' : undefined);
  }
  const client = parsed.data;
  const clientId = `app-${randomBytes(12).toString('hex')}`;
  const method = client.token_endpoint_auth_method;
  const made = method.startsWith('client_secret') ? makeClientSecret() : undefined;
  const metadata = toMetadata(client, clientId);
  // Its type hides that it is made from metadata.
  const Client = provider.Client as unknown as new (metadata: object) => unknown;
  try {
    // What the provider itself would refuse of a client is not to be found out after somebody has approved it.
    new Client({ ...metadata, scope: undefined, ...(made ? { client_secret: made.secret } : {}) });
  } catch (error) {
    if (error instanceof errors.OIDCProviderError) {
      return invalid(String(error.error_description), error.error);
    }
    throw error;
  }
  const now = clock();
  const registeredFrom = attempts.nameOfSender(ctx.ip);
  const outcome = await system('client', async (sight) => {
    sight.trace({ clientId, deed: 'register' });
    await forgetWaiting(sight, new Date(now.getTime() - WAITS_AT_MOST_MS));
    const waiting = await countWaiting(sight, registeredFrom);
    if (waiting.ofSender >= MOST_WAITING_OF_SENDER || waiting.all >= MOST_WAITING) {
      sight.trace({ outcome: 'refused' });
      return waiting.ofSender >= MOST_WAITING_OF_SENDER ? 'sender waits' : 'queue is full';
    }
    const isAdded = await addClient(sight, {
      clientId,
      name: client.client_name,
      clientType: method === 'none' ? 'public' : 'confidential',
      grantTypes: client.grant_types,
      redirectUris: client.redirect_uris,
      postLogoutRedirectUris: client.post_logout_redirect_uris,
      allowedOrigins: [],
      clientSecret: made?.clientSecret ?? null,
      secretPrefix: made?.secretPrefix ?? null,
      ownerUserId: null,
      skipAuthorization: false,
      defaultScopes: '',
      jwks: client.jwks ?? null,
      jwksUri: client.jwks_uri ?? null,
      launchUri: null,
      mayExchangeTokens: false,
      accessTokenSeconds: null,
      refreshTokenSeconds: null,
      requiresDpop: client.dpop_bound_access_tokens,
      contacts: client.contacts,
      approvedAt: null,
      registeredFrom,
      registration: metadata,
    });
    return isAdded ? 'added' : 'queue is full';
  });
  if (outcome !== 'added') {
    const [status, description] =
      outcome === 'sender waits'
        ? [429, 'too many clients that were registered from this network wait for approval']
        : [503, 'too many clients wait for approval; ask the people who run this exchange'];
    return { status, error: 'temporarily_unavailable', description, retryAfterSeconds: 60 * 60 };
  }
  return {
    ...metadata,
    client_id_issued_at: Math.floor(now.getTime() / 1000),
    ...(made ? { client_secret: made.secret, client_secret_expires_at: 0 } : {}),
  };
}

const invalid = (description: string, error = 'invalid_client_metadata'): Fault => ({
  status: 400,
  error,
  description,
});

/** What is registered, in the words of RFC 7591; the scope stays what the client wished for. */
function toMetadata(client: Registration, clientId: string): Record<string, unknown> {
  const usesCode = client.grant_types.includes('authorization_code');
  const isWeb = client.redirect_uris.every((uri) => /^https?:/i.test(uri));
  const { scope, response_types: _given, grant_types: grants, ...said } = client;
  return {
    client_id: clientId,
    ...said,
    application_type: isWeb ? 'web' : 'native',
    grant_types: [...new Set([...grants, ...(usesCode ? ['refresh_token'] : [])])],
    response_types: usesCode ? ['code'] : [],
    ...(scope === undefined ? {} : { scope: scope.split(/\s+/).filter(Boolean).join(' ') }),
  };
}

/** The body as a JSON object; undefined when it is too long or none. */
async function readJson(request: IncomingMessage): Promise<object | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Destroyed, the request would take the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > LIMIT_BYTES) return undefined;
    chunks.push(bytes);
  }
  try {
    const text = Buffer.concat(chunks).toString('utf8');
    if (beyondBounds(text, BOUNDS) !== null) return undefined;
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
