/** An EHR for the tests here: an issuer with keys, discovery and userinfo on a port of this computer. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export const AUDIENCE = 'our-client-at-the-ehr';

export type Ehr = {
  readonly issuer: string;
  /** What is served, by path; a path that is not here is 404. */
  readonly served: Map<string, unknown>;
  /** Paths in the order in which they were asked for. */
  readonly asked: string[];
  /** Who is behind an access token. */
  readonly people: Map<string, object>;
  /** Which client an access token was made for: ours, where nothing stands here. */
  readonly madeFor: Map<string, string>;
  readonly keys: ReadonlyMap<string, { privateKey: CryptoKey; jwk: JWK }>;
  idToken(claims?: object, header?: object): Promise<string>;
  close(): void;
};

export async function openEhr(): Promise<Ehr> {
  const keys = new Map<string, { privateKey: CryptoKey; jwk: JWK }>();
  for (const alg of ['RS256', 'RS384', 'ES384', 'ES256']) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    keys.set(alg, { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: alg, use: 'sig' } });
  }
  const served = new Map<string, unknown>();
  const asked: string[] = [];
  const people = new Map<string, object>();
  const madeFor = new Map<string, string>();
  const server = createServer(async (request: IncomingMessage, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (path === '/fhir/introspect') {
      let text = '';
      for await (const chunk of request) text += chunk;
      const token = new URLSearchParams(text).get('token') ?? '';
      const active = people.has(token);
      response.end(
        JSON.stringify({ active, ...(active ? { client_id: madeFor.get(token) ?? AUDIENCE } : {}) }),
      );
      return;
    }
    const person = people.get((request.headers.authorization ?? '').replace('Bearer ', ''));
    const isUserinfo = path === '/fhir/userinfo';
    const document = isUserinfo ? person : served.get(path);
    if (document === undefined) response.writeHead(isUserinfo ? 401 : 404).end();
    else response.end(JSON.stringify(document));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}/fhir`;
  served.set('/fhir/.well-known/smart-configuration', {
    jwks_uri: `${issuer}/jwks`,
    introspection_endpoint: `${issuer}/introspect`,
  });
  served.set('/fhir/.well-known/openid-configuration', {
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
  });
  served.set('/fhir/jwks', { keys: [...keys.values()].map(({ jwk }) => jwk) });
  return {
    issuer,
    served,
    asked,
    people,
    madeFor,
    keys,
    idToken(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const protectedHeader = { alg: 'RS256', kid: 'RS256', ...header };
      return new SignJWT({
        iss: issuer,
        aud: AUDIENCE,
        sub: 'dr-r',
        iat: now,
        exp: now + 300,
        jti: randomUUID(),
        fhirUser: `${issuer}/Practitioner/fhir-111`,
        ...claims,
      })
        .setProtectedHeader(protectedHeader)
        .sign(keys.get(protectedHeader.alg)?.privateKey ?? new TextEncoder().encode('x'.repeat(32)));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
