/** Whom a subject token is about: checked with the issuer's keys, or by asking the issuer. */
import { createHash } from 'node:crypto';
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { fetchJson, OutboundFault } from '../../outbound.ts';
import type { RemoteDocuments } from '../remote-documents.ts';
import { endpointOf, keysOfIssuer, unreachable } from './issuer.ts';
import { ExchangeFault } from './request.ts';
import { plainIssuer, requireTrusted, type Trust } from './trust.ts';

export type Subject = Readonly<{
  /** Without a slash at the end. */
  issuer: string;
  /** The bare id of a practitioner there; null where the issuer has only a name of its own for the person. */
  practitionerId: string | null;
  /** The issuer's own name for the person. */
  sub: string | null;
  /** By what a token is known when it comes a second time, and until when that matters; null: it may. */
  once: Readonly<{ id: string; until: Date }> | null;
}>;

type Means = Readonly<{ documents: RemoteDocuments; clock: () => Date; trust: Trust }>;

const ALGORITHMS = ['RS256', 'RS384', 'ES384'];
const LEEWAY_SECONDS = 30;

/** The issuer that an ID token names, before anything of it is checked; undefined when it is no JWT. */
export function claimedIssuer(token: string): string | undefined {
  const { iss } = read(token)?.claims ?? {};
  return typeof iss === 'string' ? iss : undefined;
}

/** Checks an ID token: its issuer is trusted, one of that issuer's keys has signed it, for our audience, and it is not over. */
export async function checkIdToken(token: string, { documents, clock, trust }: Means): Promise<Subject> {
  const parts = read(token);
  if (!parts) throw new ExchangeFault(400, 'invalid_request', 'subject_token is not a JWT');
  const { header, claims } = parts;
  const issuer = typeof claims.iss === 'string' ? claims.iss : '';
  requireTrusted(trust, issuer);
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !ALGORITHMS.includes(alg)) throw invalidToken();
  const keys = await keysOfIssuer(documents, plainIssuer(issuer), { alg, kid });
  const payload = await verify(token, keys, { alg, issuer, audience: trust.audience, now: clock() });
  const { exp = 0, jti, sub, fhirUser } = payload;
  const name = typeof jti === 'string' ? `jti ${jti}` : `token ${token}`;
  return {
    issuer: plainIssuer(issuer),
    practitionerId: practitionerOf(fhirUser),
    sub: sub ?? null,
    once: {
      id: createHash('sha256')
        .update(`exchange\n${plainIssuer(issuer)}\n${name}`)
        .digest('base64url'),
      until: new Date((exp + LEEWAY_SECONDS) * 1000),
    },
  };
}

/**
 * Asks the issuer whose access token this is. The client that it was made for must be the audience that is trusted:
 * another application's token must not be good here. A JWT says so itself; of any other token the issuer is asked
 * (RFC 7662), and where it does not tell, the token is refused.
 */
export async function checkAccessToken(
  token: string,
  issuer: string,
  { documents, trust }: Means,
): Promise<Subject> {
  requireTrusted(trust, issuer);
  const { address, reach } = await endpointOf(documents, plainIssuer(issuer), 'userinfo_endpoint');
  const person = await fetchJson(address, { reach, headers: { authorization: `Bearer ${token}` } }).catch(
    (error: unknown) => {
      if (!(error instanceof OutboundFault)) throw error;
      if (error.status === 401 || error.status === 403) throw invalidToken('access_token');
      throw unreachable('The issuer does not answer');
    },
  );
  const { client_id: clientId, azp = clientId } = read(token)?.claims ?? {};
  const madeFor = typeof azp === 'string' ? azp : await askClientOf(token, plainIssuer(issuer), documents);
  if (madeFor !== trust.audience) throw invalidToken('access_token');
  const sub = typeof person.sub === 'string' && person.sub !== '' ? person.sub : null;
  const practitionerId =
    person.fhirUser === undefined && sub !== null ? null : practitionerOf(person.fhirUser);
  return { issuer: plainIssuer(issuer), practitionerId, sub, once: null };
}

/** The client that a token was made for, as its issuer tells whoever holds it; refuses where it does not. */
async function askClientOf(token: string, issuer: string, documents: RemoteDocuments): Promise<string> {
  const told = await endpointOf(documents, issuer, 'introspection_endpoint')
    .then(({ address, reach }) =>
      fetchJson(address, { reach, headers: { authorization: `Bearer ${token}` }, form: { token } }),
    )
    .catch((error: unknown) => {
      if (error instanceof OutboundFault || error instanceof ExchangeFault) return undefined;
      throw error;
    });
  if (told?.active === true && typeof told.client_id === 'string') return told.client_id;
  throw new ExchangeFault(
    401,
    'invalid_request',
    'access_token does not say which application it was made for, and its issuer does not either',
  );
}

const invalidToken = (kind = 'id_token') =>
  new ExchangeFault(401, 'invalid_request', `${kind} failed validation`);

function read(token: string): { header: { alg?: string; kid?: string }; claims: JWTPayload } | undefined {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    return undefined;
  }
}

type Expected = { alg: string; issuer: string; audience: string; now: Date };

async function verify(
  token: string,
  keys: readonly Record<string, unknown>[],
  { alg, issuer, audience, now }: Expected,
): Promise<JWTPayload> {
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, await importJWK(key as JWK, alg), {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ['exp', 'iat', 'iss', 'aud'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: now,
      });
      return payload;
    } catch (error) {
      // Another key of the same name may have signed it; whatever else is wrong with it stays wrong.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw invalidToken();
    }
  }
  throw invalidToken();
}

/** The id in a `fhirUser` claim, absolute or relative. Refuses whoever is no practitioner there. */
function practitionerOf(fhirUser: unknown): string {
  if (typeof fhirUser !== 'string' || fhirUser === '') {
    throw new ExchangeFault(400, 'invalid_request', 'The token has no fhirUser');
  }
  const [type = '', id = ''] = fhirUser.split('/').slice(-2);
  if (!/^[A-Z][A-Za-z]{1,63}$/.test(type) || !/^[A-Za-z0-9.-]{1,64}$/.test(id)) {
    throw new ExchangeFault(400, 'invalid_request', 'fhirUser is malformed');
  }
  if (type !== 'Practitioner')
    throw new ExchangeFault(403, 'invalid_request', 'fhirUser is not a Practitioner');
  return id;
}
