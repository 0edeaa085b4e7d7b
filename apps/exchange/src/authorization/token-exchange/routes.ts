/** Where tokens are exchanged: the grant of RFC 8693 at the token endpoint, and the address that EHR apps know. */
import type { Client, ClientMetadata, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { Refusal } from '../../domain/refusal.ts';
import { readForm } from '../form-body.ts';
import type { Parts } from '../parts.ts';
import { answerFault } from '../protocol-faults.ts';
import type { RemoteDocuments } from '../remote-documents.ts';
import { exchange } from './exchange.ts';
import {
  ACCESS_TOKEN_TYPE,
  ExchangeFault,
  ISSUER_APP,
  PARAMETERS,
  readExchange,
  TOKEN_EXCHANGE,
} from './request.ts';
import { claimedIssuer } from './subject.ts';
import { plainIssuer, readTrust, type Trust } from './trust.ts';

type Next = () => Promise<void>;
type Form = Readonly<Record<string, string>>;

const PATH = '/token-exchange';
const LIMIT_BYTES = 64 * 1024;
/** An app whose client is not known here may read for the practitioner, and nothing else. */
const UNAUTHENTICATED_SCOPES = 'user/*.rs';
/** Each such call may make this server ask the issuer, and stands in the trail: nobody does that at will. */
const MOST_UNAUTHENTICATED_A_MINUTE = 60;

/** The grant at `/o/token/`. The provider has authenticated the client, and asked whether it may. */
export function serveExchangeGrant(parts: Parts, documents: RemoteDocuments): void {
  parts.provider.registerGrantType(
    TOKEN_EXCHANGE,
    async (ctx) => {
      const request = readExchange(ctx.oidc.params, parts.config, false);
      const trust = await parts.system('token', readTrust);
      ctx.body = await exchange(parts, documents, trust, ctx.oidc.client, request);
    },
    PARAMETERS,
  );
}

/** `POST /o/token-exchange`: the same for apps that were built for this address, with checks in the order they know. */
export function answerTokenExchange(parts: Parts, documents: RemoteDocuments) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    if (ctx.path.replace(/\/$/, '') !== PATH) return next();
    ctx.set({ 'cache-control': 'no-store', pragma: 'no-cache' });
    if (ctx.method !== 'POST') {
      ctx.status = 405;
      ctx.set('allow', 'POST');
      ctx.body = { error: 'invalid_request', error_description: 'Only POST is served here' };
      return;
    }
    try {
      ctx.body = await answer(parts, documents, ctx);
    } catch (error) {
      const fault =
        error instanceof Refusal && error.code !== 'busy'
          ? new ExchangeFault(error.code === 'too-large' ? 413 : 400, 'invalid_request', error.message)
          : error;
      if (!answerFault(ctx, fault)) throw fault;
      if (ctx.status === 401 && ctx.get('authorization') !== '') {
        ctx.set('www-authenticate', `Basic realm="${parts.provider.issuer}"`);
      }
    }
  };
}

async function answer(
  parts: Parts,
  documents: RemoteDocuments,
  ctx: KoaContextWithOIDC,
): Promise<Record<string, unknown>> {
  const form = await readForm(ctx.req, LIMIT_BYTES);
  const credentials = readCredentials(ctx.get('authorization'), form);
  const trust = await parts.system('token', readTrust);
  const isOpen = credentials === undefined && isUnauthenticated(trust, form);
  const request = readExchange(form, parts.config, isOpen);
  if (isOpen) await limitUnauthenticated(parts, ctx);
  const client = isOpen
    ? clientOfIssuer(parts.provider, issuerOfForm(form))
    : await authenticate(parts.provider, credentials);
  return exchange(parts, documents, trust, client, request);
}

async function limitUnauthenticated({ attempts }: Parts, ctx: KoaContextWithOIDC): Promise<void> {
  const seconds = await attempts.limit('token-exchange', ctx.ip, MOST_UNAUTHENTICATED_A_MINUTE, 60);
  if (seconds === 0) return;
  ctx.set('retry-after', String(seconds));
  throw new ExchangeFault(429, 'temporarily_unavailable', 'Too many exchanges from this address');
}

/** The issuer in question: an ID token names it; for an access token the caller does. */
const issuerOfForm = (form: Form): string =>
  plainIssuer(
    (form.subject_token_type === ACCESS_TOKEN_TYPE ? form.iss : claimedIssuer(form.subject_token ?? '')) ??
      '',
  );

/** Somebody has said, for this very issuer, that its tokens are enough. */
const isUnauthenticated = (trust: Trust, form: Form) => trust.unauthenticated.has(issuerOfForm(form));

type Credentials = Readonly<{ clientId: string; secret: string }>;

/** A client_id and secret from the header or the form; undefined when no secret was sent. */
function readCredentials(authorization: string, form: Form): Credentials | undefined {
  const [scheme, encoded] = authorization.split(' ');
  if (scheme?.toLowerCase() === 'basic' && encoded) {
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) return { clientId: text, secret: '' };
    return { clientId: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
  }
  const { client_id: clientId = '', client_secret: secret = '' } = form;
  return secret === '' ? undefined : { clientId, secret };
}

/** RFC 6749, section 2.3.1: both halves are form-encoded. What is not stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return text;
  }
}

/** A confidential client that may exchange tokens, by its secret. Anything else is refused in the same words. */
async function authenticate(provider: Provider, credentials: Credentials | undefined): Promise<Client> {
  const client = credentials && (await provider.Client.find(credentials.clientId));
  const matches =
    client?.clientAuthMethod === 'client_secret_basic' &&
    (await client.compareClientSecret(credentials?.secret ?? ''));
  if (!client || !matches || !client.grantTypeAllowed(TOKEN_EXCHANGE)) {
    throw new ExchangeFault(401, 'invalid_client', 'Client authentication failed');
  }
  return client;
}

/** The client that stands for every app of an issuer that does not say which it is: `ehr-app:` and the issuer. */
function clientOfIssuer(provider: Provider, issuer: string): Client {
  // Its type hides that it is made from metadata.
  const Registered = provider.Client as unknown as new (metadata: ClientMetadata) => Client;
  return new Registered({
    client_id: `${ISSUER_APP}${issuer.replace(/^https?:\/\//, '')}`,
    client_name: 'An application of an EHR',
    token_endpoint_auth_method: 'none',
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    default_scopes: UNAUTHENTICATED_SCOPES,
    // It is registered nowhere: its tokens end with what was granted, not with a client.
    registration: 0,
  });
}
