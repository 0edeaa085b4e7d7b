/**
 * An identity provider: an institution that vouches for people, by SAML 2.0 or OpenID Connect Core 1.0. What an operator
 * may set for one, and what follows when something is left out.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';

/** https everywhere; http only on this machine, where somebody tries things out. */
export function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return (
    protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  );
}

const address = z
  .string()
  .max(2000)
  .refine(isSafeAddress, 'must be an https:// address (http:// only for localhost)');
const name = z.string().trim().min(1).max(300);

/** Base64 with or without its frame of PEM, as directories show it; becomes PEM. */
export function toPem(text: string, label: 'CERTIFICATE' | 'PRIVATE KEY'): string {
  const framed = /-----BEGIN ([A-Z ]+)-----([\s\S]*?)-----END \1-----/.exec(text);
  const body = (framed?.[2] ?? text).replace(/\s+/g, '');
  const lines = body.match(/.{1,64}/g) ?? [];
  return [
    `-----BEGIN ${framed?.[1] ?? label}-----`,
    ...lines,
    `-----END ${framed?.[1] ?? label}-----`,
    '',
  ].join('\n');
}

const readable = (read: () => unknown): boolean => {
  try {
    read();
    return true;
  } catch {
    return false;
  }
};
const certificate = z
  .string()
  .max(20_000)
  .refine(
    (text) => readable(() => new X509Certificate(toPem(text, 'CERTIFICATE'))),
    'must be an X.509 certificate',
  )
  .transform((text) => toPem(text, 'CERTIFICATE'));
const privateKey = z
  .string()
  .max(20_000)
  .refine(
    (text) => readable(() => createPrivateKey(toPem(text, 'PRIVATE KEY'))),
    'must be a private key without a password',
  )
  .transform((text) => toPem(text, 'PRIVATE KEY'));

const domains = z
  .array(
    z
      .string()
      .transform((text) => text.trim().replace(/^@/, '').toLowerCase())
      .refine((text) => /^[^\s@,]+\.[^\s@,]+$/.test(text), 'must be a domain, as in example.edu'),
  )
  .optional();

const vouching = {
  /** Its e-mail addresses count as proved. For OpenID Connect also without the claim `email_verified`. */
  verified_email: z.boolean().default(false),
  /** Somebody who has an account here is found by an address that it says is proved. */
  email_authentication: z.boolean().default(false),
  /** It vouches for addresses of these domains only; without any, for all. */
  valid_domains: domains,
};

const byMetadataUrl = z.strictObject({ metadata_url: address, entity_id: name.optional() });
const byMetadataXml = z.strictObject({
  metadata_xml: z.string().min(1).max(2_000_000),
  entity_id: name.optional(),
});
const byParts = z.strictObject({
  entity_id: name,
  sso_url: address,
  x509cert: z.union([certificate, z.array(certificate).min(1).max(10)]),
});

/** Says which of the three forms was meant, so that faults name its fields. */
const idp = z
  .unknown()
  .transform((value, context): z.infer<typeof byMetadataUrl | typeof byMetadataXml | typeof byParts> => {
    const given = typeof value === 'object' && value !== null ? value : {};
    const form = 'metadata_url' in given ? byMetadataUrl : 'metadata_xml' in given ? byMetadataXml : byParts;
    const parsed = form.safeParse(given);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      context.addIssue({ code: 'custom', message: issue.message, path: [...issue.path] });
    }
    return z.NEVER;
  });

const samlSettingsSchema = z
  .strictObject({
    idp,
    /** The server of its metadata may stand in a private network; otherwise private addresses are not asked. */
    private_network: z.boolean().default(false),
    ...vouching,
    /** Attributes by name, as the institution sends them. Without `uid` the NameID is who somebody is. */
    attribute_mapping: z
      .strictObject({
        uid: name.optional(),
        email: name.optional(),
        first_name: name.optional(),
        last_name: name.optional(),
      })
      .default({}),
    advanced: z
      .strictObject({
        authn_request_signed: z.boolean().default(false),
        want_assertion_signed: z.boolean().default(true),
        private_key: privateKey.optional(),
        x509cert: certificate.optional(),
        reject_idp_initiated_sso: z.boolean().default(true),
      })
      .prefault({}),
  })
  .superRefine(({ advanced }, context) => {
    for (const field of ['private_key', 'x509cert'] as const) {
      if (advanced.authn_request_signed && advanced[field] === undefined) {
        const message = 'is needed to sign requests (authn_request_signed)';
        context.addIssue({ code: 'custom', message, path: ['advanced', field] });
      }
    }
  });

const oidcSettingsSchema = z.strictObject({
  issuer: address,
  client_id: name,
  client_secret: z.string().min(1).max(1000).optional(),
  /** Its servers may stand in a private network; otherwise private addresses are not asked, whatever it points to. */
  private_network: z.boolean().default(false),
  /** `openid` is added where it is missing. */
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).default(['openid', 'email', 'profile']),
  /** Claims by name. Who somebody is is always `sub` (OpenID Connect Core 1.0, section 5.7). */
  claim_mapping: z
    .strictObject({ email: name.optional(), first_name: name.optional(), last_name: name.optional() })
    .default({}),
  ...vouching,
});

export type SamlSettings = z.infer<typeof samlSettingsSchema>;
export type OidcSettings = z.infer<typeof oidcSettingsSchema>;
export type IdentityProviderKind = 'saml' | 'oidc';

export type IdentityProvider = Readonly<{ id: number; slug: string; name: string }> &
  (Readonly<{ kind: 'saml'; settings: SamlSettings }> | Readonly<{ kind: 'oidc'; settings: OidcSettings }>);

/** The slug stands in addresses: small letters, digits and hyphens, at most 63. */
export const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

type Parsed = { settings: SamlSettings | OidcSettings } | { faults: string[] };

/** Settings as an operator wrote them, with what they leave out; or each fault with the field that it is in. */
export function parseIdentityProviderSettings(kind: IdentityProviderKind, value: unknown): Parsed {
  const parsed = (kind === 'saml' ? samlSettingsSchema : oidcSettingsSchema).safeParse(value);
  if (parsed.success) return { settings: parsed.data };
  return {
    faults: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`),
  };
}

type Row = Readonly<{
  id: number;
  kind: IdentityProviderKind;
  slug: string;
  name: string;
  settings: unknown;
}>;

/** A stored identity provider; undefined when its settings cannot be used. */
export function toIdentityProvider({
  id,
  kind,
  slug,
  name: title,
  settings,
}: Row): IdentityProvider | undefined {
  const parsed = parseIdentityProviderSettings(kind, settings);
  if ('faults' in parsed) return undefined;
  return { id, kind, slug, name: title, settings: parsed.settings } as IdentityProvider;
}
