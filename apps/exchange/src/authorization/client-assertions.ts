/**
 * Clients that sign for themselves instead of showing a secret: `private_key_jwt` (RFC 7523; SMART App Launch 2.2,
 * section 5.2). The provider checks signature, issuer, audience and expiry; this is what SMART asks beyond that.
 */
import { createHash } from 'node:crypto';
import { type Client, errors, type JWKS, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { System } from '../access/system.ts';
import type { AppDeps } from '../app.ts';
import type { Config } from '../config.ts';
import { isLocal, OutboundFault } from '../outbound.ts';
import type { RegisteredClient } from '../store/oauth-clients.ts';
import { keepOnce, mayBeLostInCrash } from '../store/oauth-models.ts';
import { keysOf, type RemoteDocuments } from './remote-documents.ts';

/** SMART asks for RS384 and ES384; the other two are in the field. */
export const ASSERTION_ALGORITHMS = ['RS256', 'RS384', 'ES256', 'ES384'] as const;

/** An assertion may be good for five minutes at most (SMART App Launch 2.2, section 5.2.2), by clocks that differ a little. */
const LONGEST_SECONDS = 5 * 60;
const LEEWAY_SECONDS = 10;

const assertions = new WeakMap<object, string>();

/** The provider's check of an assertion's claims. A client with the compatibility switch may go beyond the five minutes. */
export function checkAssertion(
  ctx: KoaContextWithOIDC,
  { exp, jti }: Record<string, unknown>,
  _header: unknown,
  client: Client,
): void {
  if (typeof jti === 'string') assertions.set(ctx, jti);
  if (client.allow_reused_assertions === true) return;
  if (typeof exp !== 'number' || exp > Date.now() / 1000 + LONGEST_SECONDS + LEEWAY_SECONDS) {
    throw new errors.InvalidClientAuth('the client_assertion is good for too long');
  }
}

/**
 * Takes assertions made for our issuer or token endpoint in either spelling, with a last slash or without: programs build
 * the one from the other. Nothing else is taken as an audience than before.
 */
export function takeBothSpellings(provider: Provider): void {
  const context = provider.OIDCContext.prototype;
  const expected = context.clientJwtAuthExpectedAudience;
  context.clientJwtAuthExpectedAudience = function () {
    const own = [this.issuer, this.urlFor('token')].map((url) => url.replace(/\/$/, ''));
    return new Set([...expected.call(this), ...own, ...own.map((url) => `${url}/`)]);
  };
}

/**
 * Lets what must come only once come only once, also when two servers see it at the same moment: assertions, and proofs
 * of keys. Clients with the compatibility switch may send one assertion again and again; each time is logged.
 */
export function refuseReplays(
  provider: Provider,
  { system, clock, log }: { system: System; clock: () => Date; log: AppDeps['log'] },
): void {
  provider.ReplayDetection.unique = async (iss, jti, exp) => {
    const ctx = Provider.ctx;
    const client = ctx?.oidc.client;
    if (ctx && client?.allow_reused_assertions === true && assertions.get(ctx) === jti) {
      log.info({ clientId: client.clientId }, 'took a client assertion that may have been used before');
      return true;
    }
    const id = createHash('sha256').update(`${iss}\n${jti}`).digest('base64url');
    return system('token', async (sight) => {
      // It is over in minutes anyway, and lost only if the database crashes in the moment in which it comes.
      await mayBeLostInCrash(sight);
      return keepOnce(sight, id, clock(), new Date(exp * 1000));
    });
  };
}

/**
 * The keys of a client that signs for itself: registered with it, or published at its address. They are fetched only
 * when the client has just sent an assertion, and again when that names a key which is not among them. A client whose
 * keys cannot be had has none. Undefined for clients with a secret, or with neither.
 */
export async function keysOfClient(
  client: RegisteredClient,
  config: Config,
  documents: RemoteDocuments,
): Promise<JWKS | undefined> {
  if (client.jwks) return client.jwks as unknown as JWKS;
  if (client.jwksUri === null) return undefined;
  const { client_assertion: assertion } = Provider.ctx?.oidc.params ?? {};
  if (typeof assertion !== 'string') return { keys: [] };
  const kid = keyIdOf(assertion);
  const reach = isLocal(config.siteUrl) ? 'private' : 'public';
  try {
    const document = await documents.read(client.jwksUri, reach, (found) =>
      keysOf(found).some((key) => kid === undefined || key.kid === kid),
    );
    return { keys: keysOf(document) } as unknown as JWKS;
  } catch (error) {
    if (error instanceof OutboundFault) return { keys: [] };
    throw error;
  }
}

function keyIdOf(assertion: string): string | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString());
    const { kid } = header as { kid?: unknown };
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}
