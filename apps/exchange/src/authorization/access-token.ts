/** Access tokens are JWTs of RFC 9068 made by our provider; they are checked here without asking anybody. */
import { errors, type JWK, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { TokenFacts } from '../app.ts';
import type { Config } from '../config.ts';
import { PROGRAM, type Session } from '../domain/principal.ts';
import type { KeyRing } from './key-ring.ts';
import type { Revocations } from './revocations.ts';
import { toGrants } from './scopes.ts';
import type { SigningKeys } from './signing-keys.ts';

/** How long an access token is good for, unless its client is registered with another time. */
export const ACCESS_TOKEN_SECONDS = 60 * 60;
/** The longest that a client can be registered with (`client.access_token_seconds`). */
export const LONGEST_ACCESS_TOKEN_SECONDS = 24 * 60 * 60;
export const ACCESS_TOKEN_ALGORITHM = 'ES256';

export const issuerOf = (config: Config): string => `${config.siteUrl}/o`;
/** The audience of every access token, and the base of the FHIR face. */
export const audienceOf = (config: Config): string => `${config.siteUrl}/FHIR/R5`;

/** Everything a valid access token of ours says. */
export type AccessToken = TokenFacts &
  Readonly<{
    scope: string;
    /** Seconds since 1970. */
    issuedAt: number;
    expiresAt: number;
    tokenId: string;
    /** A program on its own (client credentials); `userId` is the person who answers for it. */
    isBackend: boolean;
  }>;

/** The claim by which a token says that a person began it: on the code flow, by signing in or by opening a link. */
export const PERSON_SESSION = 'person';

/** A program's token never acts as a patient, and so does one that does not say plainly which session it is of. */
const sessionOf = ({ session, gid }: Readonly<Record<string, unknown>>, isBackend: boolean): Session =>
  session === PERSON_SESSION && !isBackend && typeof gid === 'string' && gid !== ''
    ? { kind: 'person', grantId: gid }
    : PROGRAM;

/**
 * What ends all access tokens of a client, as a revocation names it: by the id of its registration, so that whoever has
 * its client_id afterwards is another. The database lists it when a client is removed (database/rule/08_client_removal.sql).
 */
export const clientRevocation = (registration: number): string => `client ${registration}`;

/** `endsWith`: the ids whose revocation ends the token: its own, its client's and its grant's. */
type VerifiedToken = AccessToken & Readonly<{ endsWith: readonly string[] }>;

const INTEGER = /^[1-9][0-9]{0,15}$/;

/** Tokens whose signature is remembered as good. */
const MOST_REMEMBERED = 5_000;

/**
 * Returns a check of access tokens: signature by one of our keys, issuer, audience, type `at+jwt` (an ID token is no
 * access token), expiry by the clock, and not revoked. Null for anything else. RFC 9068, section 4.
 */
export function createTokenReader(
  { config, clock }: { config: Config; clock: () => Date },
  ring: KeyRing,
  revocations: Revocations,
): (token: string) => Promise<AccessToken | null> {
  let known: SigningKeys | undefined;
  let verifiers = new Map<string, JWK>();
  // A signature costs 0.27 ms to check and stays good as long as its key: what may change besides, expiry and
  // revocation, is asked each time.
  const verified = new Map<string, VerifiedToken>();
  const useKeys = (keys: SigningKeys) => {
    if (keys === known) return;
    known = keys;
    verifiers = toVerifiers(keys);
    verified.clear();
  };
  const keyOf: JWTVerifyGetKey = async ({ kid = '', alg }) => {
    if (!verifiers.has(kid)) useKeys(await ring.reload());
    const jwk = verifiers.get(kid);
    if (!jwk || jwk.alg !== alg) throw new errors.JWKSNoMatchingKey();
    return jwk;
  };

  async function verify(token: string): Promise<VerifiedToken | null> {
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        issuer: issuerOf(config),
        audience: audienceOf(config),
        algorithms: ['ES256', 'RS256'],
        typ: 'at+jwt',
        currentDate: clock(),
        requiredClaims: ['sub', 'exp', 'iat', 'jti', 'client_id', 'registration'],
      });
      const {
        sub = '',
        jti = '',
        iat = 0,
        exp = 0,
        client_id: clientId,
        registration,
        owner,
        gid,
        patient,
        scope,
        default_scope: defaultScope,
        cnf,
      } = payload;
      if (typeof clientId !== 'string' || typeof registration !== 'number') return null;
      // A program on its own is its own subject (RFC 9068, section 2.2); `owner` answers for it.
      const isBackend = sub === clientId;
      const person = isBackend ? owner : sub;
      if (typeof person !== 'string' || !INTEGER.test(person)) return null;
      if (patient !== undefined && !(typeof patient === 'string' && INTEGER.test(patient))) return null;
      const text = typeof scope === 'string' ? scope : '';
      const thumbprint = (cnf as { jkt?: unknown } | undefined)?.jkt;
      return {
        userId: Number(person),
        clientId,
        grants: toGrants(text, typeof defaultScope === 'string' ? defaultScope : '', isBackend),
        session: sessionOf(payload, isBackend),
        ...(patient === undefined ? {} : { patientInContext: Number(patient) }),
        ...(typeof thumbprint === 'string' ? { keyThumbprint: thumbprint } : {}),
        scope: text,
        issuedAt: iat,
        expiresAt: exp,
        tokenId: jti,
        isBackend,
        endsWith: [jti, clientRevocation(registration), ...(typeof gid === 'string' ? [gid] : [])],
      };
    } catch (error) {
      // What jose refuses is no token of ours; anything else is a fault of ours and no answer about the token.
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  return async (token) => {
    useKeys(await ring.fresh());
    let facts = verified.get(token);
    if (facts && facts.expiresAt * 1000 <= clock().getTime()) {
      verified.delete(token);
      return null;
    }
    if (!facts) {
      facts = (await verify(token)) ?? undefined;
      if (!facts) return null;
      if (verified.size >= MOST_REMEMBERED) verified.clear();
      verified.set(token, facts);
    }
    return (await revocations.includes(...facts.endsWith)) ? null : facts;
  };
}

/** Public halves by key id. jose remembers the key it made of each of these objects. */
function toVerifiers({ tokenKeys }: SigningKeys): Map<string, JWK> {
  return new Map(
    tokenKeys.map(({ kid, alg, kty, crv, x, y, n, e }) => {
      const half = { kid, alg, kty, crv, x, y, n, e };
      return [
        kid,
        Object.fromEntries(Object.entries(half).filter(([, value]) => value !== undefined)) as JWK,
      ];
    }),
  );
}
