/** SMART App Launch 2.2, section 6: Conformance (the document at `.well-known/smart-configuration`). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityWorld, openIdentityWorld } from '../../setup/identity-world.ts';

let world: IdentityWorld;
let reply: Response;
let document: Record<string, unknown> & { capabilities: string[]; scopes_supported: string[] };
beforeAll(async () => {
  world = await openIdentityWorld();
  reply = await fetch(`${world.fhir}/.well-known/smart-configuration`);
  document = (await reply.json()) as typeof document;
});
afterAll(() => world?.close());

test('6 Conformance: the document is JSON, found below the FHIR base without a token', () => {
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
});

test('6 Conformance: it is the same whatever the request accepts, and in the lower-case base', async () => {
  for (const base of [world.fhir, world.fhir.toLowerCase()]) {
    const other = await fetch(`${base}/.well-known/smart-configuration`, {
      headers: { accept: 'text/html' },
    });
    expect(await other.json()).toEqual(document);
  }
});

test('6 Conformance: scripts of any origin may read it', async () => {
  const other = await fetch(`${world.fhir}/.well-known/smart-configuration`, {
    headers: { origin: 'https://app.example.org' },
  });
  expect(other.headers.get('access-control-allow-origin')).toBe('*');
});

test.each(['authorization_endpoint', 'token_endpoint'])(
  '6.2 Metadata: %s is there, an absolute address',
  (name) => {
    expect(URL.canParse(String(document[name]))).toBe(true);
  },
);

test('6.2 Metadata: grant_types_supported names code and client credentials', () => {
  expect(document.grant_types_supported).toEqual(
    expect.arrayContaining(['authorization_code', 'client_credentials']),
  );
});

test('6.2 Metadata: code_challenge_methods_supported has S256 and not plain', () => {
  expect(document.code_challenge_methods_supported).toEqual(['S256']);
});

test('6.2 Metadata: issuer and jwks_uri are there, as sso-openid-connect asks; the keys can be fetched', async () => {
  expect(document.issuer).toBe(world.issuer);
  const { keys } = (await (await fetch(String(document.jwks_uri))).json()) as {
    keys: Record<string, unknown>[];
  };
  expect(keys.length).toBeGreaterThan(0);
  // No half of a key that signs is ever published.
  for (const key of keys)
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
});

test('6.2 Metadata: the recommended fields are there', () => {
  for (const name of [
    'scopes_supported',
    'response_types_supported',
    'introspection_endpoint',
    'revocation_endpoint',
    'token_endpoint_auth_methods_supported',
    'registration_endpoint',
  ])
    expect(document, name).toHaveProperty(name);
});

test('6.1 Capabilities: both launches, the three kinds of clients, single sign-on, contexts and permissions', () => {
  expect(document.capabilities).toEqual(
    expect.arrayContaining([
      'launch-ehr',
      'launch-standalone',
      'authorize-post',
      'client-public',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
      'sso-openid-connect',
      'context-banner',
      'context-ehr-patient',
      'context-standalone-patient',
      'permission-offline',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ]),
  );
});

test('6.1 Capabilities: asymmetric authentication names its algorithms, RS384 and ES384 among them (4.1)', () => {
  expect(document.token_endpoint_auth_methods_supported).toContain('private_key_jwt');
  expect(document.token_endpoint_auth_signing_alg_values_supported).toEqual(
    expect.arrayContaining(['RS384', 'ES384']),
  );
});

test('6.1 Capabilities: every capability that is claimed is one that the specification knows', () => {
  const known =
    /^(launch-(ehr|standalone)|authorize-post|client-(public|confidential-(a)?symmetric)|sso-openid-connect|context-(banner|style|(ehr|standalone)-(patient|encounter))|permission-(offline|online|patient|user|v1|v2)|smart-app-state)$/;
  expect(document.capabilities.filter((name) => !known.test(name))).toEqual([]);
});

test('6 Conformance: OpenID Connect discovery of the issuer says the same as this document', async () => {
  const openid = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    unknown
  >;
  for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'])
    expect(openid[name]).toBe(document[name]);
});
