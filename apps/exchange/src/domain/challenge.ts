/** How a request without a good token is told to come back with one: the header WWW-Authenticate. */
import type { Refusal } from './refusal.ts';

/**
 * What was wrong, as `Refusal.path` says it: `token` (sent as Bearer), `dpop-token` (belongs to a key, or was sent as if
 * it did), `dpop-proof`; anything else means that no token was sent.
 */
export type TokenFault = 'token' | 'dpop-token' | 'dpop-proof';

/** What proofs may be signed with (RFC 9449, section 5.1). */
export const PROOF_ALGORITHMS = ['ES256', 'ES384', 'Ed25519', 'EdDSA'] as const;

/** The protected resources of this server, by the path their addresses begin with (RFC 9728). */
export const PROTECTED_RESOURCES = ['/FHIR/R5', '/api/v1'] as const;

/**
 * The value of the header for a refusal of the request to `path` (RFC 6750, section 3; RFC 9449, section 7.1), with
 * where to read which authorization server gives tokens (RFC 9728, section 5.1).
 */
export function challengeFor(refusal: Pick<Refusal, 'path'>, path: string, siteUrl: string): string {
  const metadata = `resource_metadata="${siteUrl}${metadataPath(path)}"`;
  const algorithms = `algs="${PROOF_ALGORITHMS.join(' ')}"`;
  switch (refusal.path) {
    case 'token':
      return `Bearer realm="api", error="invalid_token", error_description="The access token is invalid.", ${metadata}`;
    case 'dpop-token':
      return `DPoP realm="api", error="invalid_token", ${algorithms}, ${metadata}`;
    case 'dpop-proof':
      return `DPoP realm="api", error="invalid_dpop_proof", ${algorithms}, ${metadata}`;
    default:
      return `Bearer realm="api", ${metadata}`;
  }
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** Where the metadata of the resource at a path are: its own, or those of the whole server. */
export function metadataPath(path: string): string {
  const asked = path.toLowerCase();
  const resource = PROTECTED_RESOURCES.find((base) => `${asked}/`.startsWith(`${base.toLowerCase()}/`));
  return `${WELL_KNOWN}${resource ?? ''}`;
}
