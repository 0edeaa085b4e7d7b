import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { System } from '../access/system.ts';
import type { Config } from '../config.ts';
import {
  type IdentityProviderKind,
  type OidcSettings,
  parseIdentityProviderSettings,
  type SamlSettings,
  SLUG,
  toIdentityProvider,
} from '../domain/identity-provider.ts';
import { fetchSamlIdentity } from '../operations/fetch-saml-metadata.ts';
import { PRIVATE_ADDRESS } from '../outbound.ts';
import {
  addIdentityProvider,
  enableIdentityProvider,
  listIdentityProviders,
  removeIdentityProvider,
} from '../store/oauth-identity-providers.ts';
import type { Command } from './main.ts';
import { openBehindGate } from './open.ts';
import { UsageError } from './usage.ts';

const HELP = `Usage: jhe identity-provider add <saml|oidc> <slug> --name <name> --settings <file.json>
       jhe identity-provider list
       jhe identity-provider enable|disable|remove <slug>

An identity provider is an institution that vouches for people. The slug stands in its addresses here: small letters,
digits and hyphens. --settings - reads the JSON from standard input, so that secrets need no file. What may stand in
it: docs/how-to/connect-an-institution.md.
`;

/** `jhe identity-provider`: institutions that vouch for people, by SAML 2.0 or OpenID Connect. */
export const identityProviderCommand: Command = {
  words: ['identity-provider'],
  summary: 'Add, list, enable, disable or remove an institution that vouches for people.',
  async run(args, config) {
    const [deed = '', ...rest] = args;
    if (args.includes('--help')) {
      process.stdout.write(HELP);
      return 0;
    }
    if (deed === 'add') return add(rest, config);
    if (deed === 'list' && rest.length === 0) return list(config);
    const change = CHANGES[deed];
    const [slug] = rest;
    if (!change || slug === undefined || rest.length !== 1)
      throw new UsageError(`say what to do.\n\n${HELP}`);
    const found = await withSystem(config, (system) =>
      system('operator', async (sight) => {
        const done = await change.run(sight, slug);
        sight.trace({ deed: `identity provider ${deed}`, outcome: done ? 'ok' : 'refused' });
        return done;
      }),
    );
    if (!found) throw new Error(`there is no identity provider ${slug}.`);
    process.stdout.write(`${change.done} ${slug}.\n`);
    return 0;
  },
};

type Change = {
  done: string;
  run(sight: Parameters<typeof removeIdentityProvider>[0], slug: string): Promise<boolean>;
};
const CHANGES: Readonly<Record<string, Change>> = {
  enable: { done: 'Enabled', run: (sight, slug) => enableIdentityProvider(sight, slug, true) },
  disable: { done: 'Disabled', run: (sight, slug) => enableIdentityProvider(sight, slug, false) },
  remove: { done: 'Removed', run: removeIdentityProvider },
};

async function add(args: readonly string[], config: Config): Promise<number> {
  const { kind, slug, name, file } = readOptions(args);
  const settings = await complete(kind, readSettings(kind, await readText(file)), config.siteUrl);
  const issuer = issuerOf(kind, settings);
  const added = await withSystem(config, (system) =>
    system('operator', async (sight) => {
      const others = (await listIdentityProviders(sight))
        .map(toIdentityProvider)
        .filter((one) => one !== undefined);
      // Two that speak under one name could answer for each other's people.
      const twin = others.find((one) => one.slug !== slug && issuerOf(one.kind, one.settings) === issuer);
      if (twin) throw new Error(`${twin.slug} is this institution already (${issuer}).`);
      sight.trace({ deed: 'identity provider add' });
      return addIdentityProvider(sight, { kind, slug, name, settings });
    }),
  );
  if (!added) throw new Error(`there is an identity provider ${slug} already: remove it first.`);
  const base = `${config.siteUrl}/allauth/${kind}/${slug}`;
  const addresses =
    kind === 'saml'
      ? [`Entity ID and metadata:     ${base}/metadata/`, `Assertion consumer service: ${base}/acs/`]
      : [`Redirect URI: ${base}/callback/`];
  const hints = [
    ...(kind === 'saml' ? ['Its button is shown while the setting auth.sso.saml2 is 1.'] : []),
    ...(settings.verified_email || kind === 'oidc'
      ? []
      : ['verified_email is false: only people who are linked already can sign in through it.']),
  ];
  process.stdout.write(
    `Added ${slug} (${issuer}).\nTell the institution:\n${addresses.map((line) => `  ${line}\n`).join('')}${hints.map((line) => `${line}\n`).join('')}`,
  );
  return 0;
}

async function list(config: Config): Promise<number> {
  const rows = await withSystem(config, (system) => system('operator', listIdentityProviders));
  for (const row of rows) {
    const known = toIdentityProvider(row);
    const issuer = known ? issuerOf(known.kind, known.settings) : 'its settings cannot be used: add it again';
    process.stdout.write(
      `${row.slug}\t${row.kind}\t${row.enabled ? 'enabled' : 'disabled'}\t${row.name}\t${issuer}\n`,
    );
  }
  if (rows.length === 0) process.stderr.write('There are none.\n');
  return 0;
}

function readOptions(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { name: { type: 'string' }, settings: { type: 'string' } },
    });
    const [kind, slug = ''] = positionals;
    if ((kind !== 'saml' && kind !== 'oidc') || positionals.length !== 2)
      throw new Error('say saml or oidc, and a slug.');
    if (!SLUG.test(slug)) throw new Error('the slug is made of small letters, digits and hyphens.');
    const name = values.name?.trim() ?? '';
    if (name === '') throw new Error('--name is what people read on the button.');
    if (values.settings === undefined) throw new Error('--settings names a JSON file.');
    return { kind, slug, name, file: values.settings } as const;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

async function readText(file: string): Promise<string> {
  if (file !== '-') return readFile(file, 'utf8');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

function readSettings(kind: IdentityProviderKind, text: string): SamlSettings | OidcSettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the settings are not JSON.');
  }
  const parsed = parseIdentityProviderSettings(kind, value);
  if ('settings' in parsed) return parsed.settings;
  throw new Error(`these settings cannot be used:\n${parsed.faults.map((fault) => `  ${fault}`).join('\n')}`);
}

/** Reads SAML metadata once now: what cannot be read is said here, and the name in it stays the institution's name. */
async function complete(
  kind: IdentityProviderKind,
  settings: SamlSettings | OidcSettings,
  siteUrl: string,
): Promise<SamlSettings | OidcSettings> {
  if (kind !== 'saml' || !('idp' in settings)) return settings;
  try {
    const { entityId } = await fetchSamlIdentity(settings, siteUrl);
    return { ...settings, idp: { ...settings.idp, entity_id: entityId } };
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`idp: ${message}${message === PRIVATE_ADDRESS ? ADVICE : ''}`);
  }
}

const ADVICE = '; if that is meant, set private_network: true in the settings.';

const issuerOf = (kind: IdentityProviderKind, settings: SamlSettings | OidcSettings): string =>
  kind === 'saml' && 'idp' in settings
    ? (settings.idp.entity_id ?? '')
    : 'issuer' in settings
      ? settings.issuer
      : '';

async function withSystem<T>(config: Config, body: (system: System) => Promise<T>): Promise<T> {
  const opened = await openBehindGate(config);
  try {
    return await body(opened.system);
  } finally {
    await opened.close();
  }
}
