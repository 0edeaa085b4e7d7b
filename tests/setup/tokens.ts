/** Access tokens for tests of faces: signed with the exchange's own key, in the form its provider issues. */
import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import type { TestExchange } from './exchange.ts';

export type MintOptions = {
  userId: number;
  clientId?: string;
  /** The granted scope; `openid` when not given. */
  scope?: string;
  /** What the client's registered default scopes say; they count when `scope` has no resource scope. */
  defaultScope?: string;
  /** Negative for a token that has expired. */
  expiresInSeconds?: number;
  /** When it is issued; now when not given. For exchanges whose clock is turned. */
  issuedAt?: Date;
  /** The key that the token is bound to (RFC 9449). */
  keyThumbprint?: string;
  /** The id of the patient that the token was launched for. */
  patient?: number;
  audience?: string;
  issuer?: string;
};

/** Signs an access token for a user; by default it reaches as far as the person does (`user/*.cruds`). */
export async function mintToken(
  exchange: Pick<TestExchange, 'database'>,
  options: MintOptions,
): Promise<string> {
  const { rows } = await exchange.database.owner.query<{ key: JWK & { kid: string } }>(
    "select key from signing_key where purpose = 'token' and key->>'alg' = 'ES256' and retired_at is null",
  );
  const jwk = rows[0]?.key;
  if (!jwk) throw new Error('the exchange has no key to sign tokens with');
  const site = 'http://localhost:8000';
  const issuedAt = Math.floor((options.issuedAt ?? new Date()).getTime() / 1000);
  return new SignJWT({
    scope: options.scope ?? 'openid',
    client_id: options.clientId ?? 'jhe-portal',
    default_scope: options.defaultScope ?? 'user/*.cruds',
    ...(options.keyThumbprint === undefined ? {} : { cnf: { jkt: options.keyThumbprint } }),
    ...(options.patient === undefined ? {} : { patient: String(options.patient) }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: jwk.kid })
    .setSubject(String(options.userId))
    .setIssuer(options.issuer ?? `${site}/o`)
    .setAudience(options.audience ?? `${site}/FHIR/R5`)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + (options.expiresInSeconds ?? 3600))
    .sign(await importJWK(jwk, 'ES256'));
}
