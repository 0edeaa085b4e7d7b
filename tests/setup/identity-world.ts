/**
 * The exchange as a process of its own, filled with the demo world, for clients from outside: they know its address
 * and nothing else. Its database is one of the run's cluster, so that a test can register the client that it is.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type Filling, openTestDatabase, TEST_SEALING_KEY, type TestDatabase } from './database.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** People of the demo world. */
export const RIVERA = {
  email: 'rivera@example.com',
  password: 'Jhe1234!',
  userId: 10012,
  practitioner: 80007,
};
export const ADA = { email: 'ada@example.com', password: 'Jhe1234!', userId: 10013, patient: 40006 };
/** A patient of another organization than Dr Rivera's. */
export const STRANGER = { email: 'll_patient_peter@example.com', password: 'Jhe1234!', patient: 40001 };

export type Registration = Readonly<{
  clientId: string;
  name?: string;
  /** A client with a secret is confidential, one with keys as well; otherwise it is public. */
  secret?: string;
  /** A JWK Set of public keys. */
  jwks?: object;
  jwksUri?: string;
  redirectUris?: readonly string[];
  postLogoutRedirectUris?: readonly string[];
  allowedOrigins?: readonly string[];
  grantTypes?: readonly string[];
  defaultScopes?: string;
  /** One of our own, for which nobody is asked. */
  skipAuthorization?: boolean;
  launchUri?: string;
  /** The user who answers for a program on its own. */
  ownerUserId?: number;
  accessTokenSeconds?: number;
}>;

export type IdentityWorld = Readonly<{
  site: string;
  issuer: string;
  /** The base of the FHIR face: what SMART calls `iss` and `aud`. */
  fhir: string;
  server: ServerProcess;
  database: TestDatabase;
  register(client: Registration): Promise<void>;
  close(): Promise<void>;
}>;

const SEED = new URL('../../apps/exchange/src/demo/', import.meta.url);

/** The demo world, made once for all files by the server itself. */
const DEMO: Filling = {
  name: 'jhe_test_demo_template',
  version: readdirSync(SEED)
    .sort()
    .reduce((hash, name) => hash.update(readFileSync(new URL(name, SEED))), createHash('sha256'))
    .digest('hex'),
  async fill(ownerUrl) {
    const server = await startServer({ env: { DATABASE_URL: ownerUrl, JHE_SEED: 'demo' } });
    await server.close();
  },
};

/** Starts it; takes about two seconds. `env` are settings of the server. */
export async function openIdentityWorld(env: Record<string, string> = {}): Promise<IdentityWorld> {
  const database = await openTestDatabase(DEMO);
  try {
    // The template is filled without a sealing key: each server seals its copy as it starts.
    const server = await startServer({
      env: { JHE_SEED: 'demo', JHE_SEALING_KEY: TEST_SEALING_KEY, ...env, DATABASE_URL: database.ownerUrl },
    });
    return {
      site: server.site,
      issuer: `${server.site}/o`,
      fhir: `${server.site}/FHIR/R5`,
      server,
      database,
      register: (client) => register(database, client),
      async close() {
        await server.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function register({ owner }: TestDatabase, client: Registration): Promise<void> {
  const isConfidential =
    client.secret !== undefined || client.jwks !== undefined || client.jwksUri !== undefined;
  await owner.query(
    `insert into client (client_id, name, client_type, grant_types, redirect_uris, post_logout_redirect_uris,
       allowed_origins, client_secret, owner_user_id, skip_authorization, default_scopes, jwks, jwks_uri, launch_uri,
       access_token_seconds)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      client.clientId,
      client.name ?? client.clientId,
      isConfidential ? 'confidential' : 'public',
      client.grantTypes ?? ['authorization_code', 'refresh_token'],
      client.redirectUris ?? [],
      client.postLogoutRedirectUris ?? [],
      client.allowedOrigins ?? [],
      // Stored as the exchange stores the secrets that it gives out.
      client.secret === undefined
        ? null
        : `sha256:${createHash('sha256').update(client.secret).digest('base64url')}`,
      client.ownerUserId ?? null,
      client.skipAuthorization ?? false,
      client.defaultScopes ?? '',
      client.jwks === undefined ? null : JSON.stringify(client.jwks),
      client.jwksUri ?? null,
      client.launchUri ?? null,
      client.accessTokenSeconds ?? null,
    ],
  );
}
