/**
 * Demonstrating proof of possession (RFC 9449), the side of the resource: whoever sends a token that is bound to a key
 * proves with each request that they hold the key. Each proof counts once, on all servers together.
 */
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose';
import type { System } from '../access/system.ts';
import type { ProvenRequest } from '../app.ts';
import type { Config } from '../config.ts';
import { PROOF_ALGORITHMS } from '../domain/challenge.ts';
import { keepOnce } from '../store/oauth-models.ts';

/** How far the time of a proof may be from ours. */
const PROOF_SECONDS = 300;
const LONGEST_ID = 512;

/** False for whatever is no proof of this request. */
export type ProofCheck = (request: ProvenRequest) => Promise<boolean>;

/**
 * Returns a check of proofs: type and algorithm, signature by the key in its header, that key the token's own, method
 * and address of this request, the token's hash, a time within five minutes of now, and never seen before. RFC 9449,
 * section 4.3. What is no proof is refused; a fault of ours is thrown.
 */
export function createProofCheck({
  config,
  system,
  clock,
}: Readonly<{ config: Pick<Config, 'siteUrl'>; system: System; clock: () => Date }>): ProofCheck {
  return async ({ method, path, proof, token, keyThumbprint }) => {
    const now = clock();
    const said = proof === undefined ? undefined : await readProof(proof, now);
    if (!said || said.thumbprint !== keyThumbprint) return false;
    const { jti = '', iat = 0, htm, htu, ath } = said.payload;
    const isOfThisRequest =
      htm === method &&
      typeof htu === 'string' &&
      addressOf(htu) === addressOf(config.siteUrl + path) &&
      ath === createHash('sha256').update(token).digest('base64url') &&
      Math.abs(now.getTime() / 1000 - iat) <= PROOF_SECONDS;
    if (!isOfThisRequest || jti === '' || jti.length > LONGEST_ID) return false;
    const until = new Date(now.getTime() + 2 * PROOF_SECONDS * 1000);
    return system('token', (sight) => keepOnce(sight, proofName(keyThumbprint, jti), now, until));
  };
}

/** What a proof says and the key that signed it; undefined for anything that is no proof. Nothing else is asked here. */
async function readProof(
  proof: string,
  now: Date,
): Promise<{ payload: JWTPayload; thumbprint: string } | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: [...PROOF_ALGORITHMS],
      typ: 'dpop+jwt',
      currentDate: now,
      requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
    });
    if (!protectedHeader.jwk) return undefined;
    return { payload, thumbprint: await calculateJwkThumbprint(protectedHeader.jwk) };
  } catch {
    // A key that cannot be read fails in the platform's own ways; all of them mean that this is no proof.
    return undefined;
  }
}

const proofName = (keyThumbprint: string, jti: string) =>
  createHash('sha256').update(`${keyThumbprint} ${jti}`).digest('base64url');

/** Without query, fragment and last slash: our paths are the same with and without it. */
function addressOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}
