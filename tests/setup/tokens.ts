/** Access tokens for tests of faces: signed with the exchange's own key, in the form its provider issues. */
import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import { createSealing, openJson, SEALED_FOR } from '../../apps/exchange/src/access/sealing.ts';
import { TEST_SEALING_KEYS, type TestDatabase } from './database.ts';
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
  /** The grant of the session that the token is of. */
  grantId?: string;
  /** Of the client, by its row's id. */
  registration?: number;
  /** A program's token: an API key's, a backend's, an exchanged one. It never acts as a patient. */
  isProgram?: boolean;
  audience?: string;
  issuer?: string;
};

/** The private keys of an exchange that seals with the tests' key, or with none, the newest first. */
export async function privateKeys({
  owner,
}: Pick<TestDatabase, 'owner'>): Promise<(JWK & { kid: string })[]> {
  const sealing = createSealing(TEST_SEALING_KEYS);
  const { rows } = await owner.query<{ kid: string; key: unknown }>(
    "select kid, key from signing_key where purpose = 'token' and retired_at is null order by created_at desc",
  );
  return rows.map(
    ({ kid, key }) => openJson(sealing, key, SEALED_FOR.signingKey(kid)) as JWK & { kid: string },
  );
}

/**
 * Signs an access token for a user; by default it reaches as far as the person does (`user/*.cruds`), who signed in
 * themselves.
 */
export async function mintToken(
  exchange: Pick<TestExchange, 'database'>,
  options: MintOptions,
): Promise<string> {
  const jwk = (await privateKeys(exchange.database)).find(({ alg }) => alg === 'ES256');
  if (!jwk) throw new Error('the exchange has no key to sign tokens with');
  const site = 'http://localhost:8000';
  const issuedAt = Math.floor((options.issuedAt ?? new Date()).getTime() / 1000);
  return new SignJWT({
    scope: options.scope ?? 'openid',
    client_id: options.clientId ?? 'jhe-portal',
    registration: options.registration ?? 1,
    default_scope: options.defaultScope ?? 'user/*.cruds',
    ...(options.keyThumbprint === undefined ? {} : { cnf: { jkt: options.keyThumbprint } }),
    ...(options.isProgram ? {} : { session: 'person', gid: options.grantId ?? 'minted' }),
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
