import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openTestDatabase, TEST_SEALING_KEYS, type TestDatabase } from '../../../../tests/setup/database.ts';
import { createSealing, openJson, SEALED_FOR } from '../access/sealing.ts';
import { parseConfig } from '../config.ts';
import { makeSamlInstitution } from '../pages/institutions/saml-institution.test-data.ts';
import { identityProviderCommand } from './identity-provider.ts';

const north = makeSamlInstitution('north');
let database: TestDatabase;
let folder: string;
let federation: Server;
let metadataUrl: string;
beforeAll(async () => {
  [database, folder] = await Promise.all([openTestDatabase(), mkdtemp(join(tmpdir(), 'jhe-idp-'))]);
  federation = createServer((request, response) => {
    if (request.url === '/elsewhere') response.writeHead(302, { location: '/metadata' }).end();
    else response.end(north.metadata());
  }).listen(0, 'localhost');
  await once(federation, 'listening');
  metadataUrl = `http://localhost:${(federation.address() as AddressInfo).port}/metadata`;
});
afterAll(async () => {
  federation?.closeAllConnections();
  federation?.close();
  await Promise.all([database?.close(), rm(folder, { recursive: true, force: true })]);
});

async function run(args: readonly string[], settings?: unknown): Promise<string> {
  const file = join(folder, 'settings.json');
  await writeFile(file, JSON.stringify(settings ?? {}));
  let output = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  const config = {
    ...parseConfig({ JHE_SEED: 'none', SITE_URL: 'https://x.example.org' }),
    databaseUrl: database.ownerUrl,
    sealingKeys: TEST_SEALING_KEYS.read(),
  };
  try {
    await identityProviderCommand.run(
      args.map((arg) => (arg === 'FILE' ? file : arg)),
      config,
    );
  } finally {
    written.mockRestore();
  }
  return output;
}
const add = (kind: string, slug: string, settings: unknown) =>
  run(['add', kind, slug, '--name', 'University', '--settings', 'FILE'], settings);
/** As it is kept, its settings unsealed. */
const stored = async (slug: string) => {
  const { rows } = await database.owner.query(
    'select kind, enabled, settings from identity_provider where slug = $1',
    [slug],
  );
  const open = (settings: unknown) =>
    openJson(createSealing(TEST_SEALING_KEYS), settings, SEALED_FOR.identityProvider(slug));
  return rows[0] && { ...rows[0], settings: open(rows[0].settings) };
};

const parts = { entity_id: 'urn:a', sso_url: 'https://a.example.edu/sso', x509cert: north.certificate };
const REFUSED: [name: string, kind: string, settings: unknown, fault: RegExp][] = [
  ['no settings', 'saml', {}, /idp\.entity_id: /],
  ['an unknown field', 'saml', { idp: parts, verifiedEmail: true }, /verifiedEmail/],
  [
    'an address without encryption',
    'saml',
    { idp: { ...parts, sso_url: 'http://a.example.edu' } },
    /idp\.sso_url: .*https/,
  ],
  ['no certificate', 'saml', { idp: { ...parts, x509cert: 'abc' } }, /idp\.x509cert: /],
  [
    'signing without a key',
    'saml',
    { idp: parts, advanced: { authn_request_signed: true } },
    /advanced\.private_key: /,
  ],
  ['a domain that is none', 'saml', { idp: parts, valid_domains: ['a@b'] }, /valid_domains\.0: /],
  [
    'metadata of nobody',
    'saml',
    { idp: { metadata_xml: '<a/>' } },
    /idp: the metadata has no identity provider/,
  ],
  ['metadata with a document type', 'saml', { idp: { metadata_xml: '<!DOCTYPE a><a/>' } }, /document type/],
  [
    'metadata of somebody else',
    'saml',
    { idp: { metadata_xml: north.metadata(), entity_id: 'urn:b' } },
    /called urn:b/,
  ],
  [
    'an issuer without encryption',
    'oidc',
    { issuer: 'http://a.example.edu', client_id: 'x' },
    /issuer: .*https/,
  ],
  ['no client', 'oidc', { issuer: 'https://a.example.edu' }, /client_id: /],
];
it.each(REFUSED)('refuses %s and names the field', async (_name, kind, settings, fault) => {
  await expect(add(kind, 'bad', settings)).rejects.toThrow(fault);
  expect(await stored('bad')).toBeUndefined();
});

it('refuses metadata that is somewhere else now', async () => {
  const moved = metadataUrl.replace('/metadata', '/elsewhere');
  await expect(add('saml', 'bad', { idp: { metadata_url: moved }, private_network: true })).rejects.toThrow(
    /^idp: /,
  );
});

it('adds, lists without secrets, disables, enables and removes', async () => {
  // The exchange of this test is on the Internet, and this server is not.
  const idp = { metadata_url: metadataUrl };
  await expect(add('saml', 'north', { idp })).rejects.toThrow('not an address that may be fetched');
  const inside = { metadata_url: 'https://10.20.30.40/metadata' };
  await expect(add('saml', 'north', { idp: inside })).rejects.toThrow(
    'idp: an address of a private network; if that is meant, set private_network: true in the settings.',
  );
  const added = await add('saml', 'north', { idp, private_network: true, verified_email: true });
  expect(added).toContain('https://x.example.org/allauth/saml/north/metadata/');
  expect(added).toContain('https://x.example.org/allauth/saml/north/acs/');
  const { settings } = await stored('north');
  expect(settings.idp).toEqual({ metadata_url: metadataUrl, entity_id: north.entityId });
  expect(settings.advanced).toMatchObject({ want_assertion_signed: true, reject_idp_initiated_sso: true });

  await expect(add('saml', 'twin', { idp: { metadata_xml: north.metadata() } })).rejects.toThrow(
    /north is this institution/,
  );
  await expect(add('oidc', 'north', { issuer: 'https://o.example.edu', client_id: 'x' })).rejects.toThrow(
    /already/,
  );

  const oidc = await add('oidc', 'ocean', {
    issuer: 'https://o.example.edu',
    client_id: 'x',
    client_secret: 'hush-hush',
  });
  expect(oidc).toContain('https://x.example.org/allauth/oidc/ocean/callback/');
  const listed = await run(['list']);
  expect(listed).toContain(`north\tsaml\tenabled\tUniversity\t${north.entityId}`);
  expect(listed).not.toContain('hush-hush');

  await run(['disable', 'north']);
  expect((await stored('north')).enabled).toBe(false);
  await run(['enable', 'north']);
  expect((await stored('north')).enabled).toBe(true);
  await run(['remove', 'north']);
  expect(await stored('north')).toBeUndefined();
  await expect(run(['remove', 'north'])).rejects.toThrow('no identity provider north');
  await expect(run(['add', 'saml', 'Bad Slug', '--name', 'x', '--settings', 'FILE'])).rejects.toThrow(/slug/);
});
