/**
 * Reads what an identity provider answered (SAML 2.0 Profiles, section 4.1.4.3). The signature, audience and times are
 * checked by node-saml, on the signed bytes alone; the rest here, on what it found signed.
 */
import { type CacheProvider, type Profile, SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import { type Assertion, toEmail } from '../../domain/external-sign-in.ts';
import type { SamlSettings } from '../../domain/identity-provider.ts';
import type { SamlIdentity } from '../../domain/saml-metadata.ts';

const CLOCK_SKEW_MS = 60_000;

/** Our addresses as a service provider; the entity id is that of the metadata. */
export type ServiceProvider = Readonly<{ entityId: string; acsUrl: string }>;

/** The answer cannot be taken. `word` says why, for the log; nothing of the answer is in it. */
export class BadAnswer extends Error {
  readonly word: string;
  constructor(word: string) {
    super(`the institution's answer cannot be taken: ${word}`);
    this.name = 'BadAnswer';
    this.word = word;
  }
}

type Sent = Readonly<{ requestId: string; issuedAt: string; again: boolean }>;

/** node-saml for one exchange of messages with one institution. `sent` is the request that is made or answered. */
export function openSaml(
  settings: SamlSettings,
  identity: SamlIdentity,
  { entityId, acsUrl }: ServiceProvider,
  sent: Sent,
): SAML {
  const { advanced } = settings;
  // The one request that may be answered here; single use is kept elsewhere.
  const requests: CacheProvider = {
    saveAsync: async () => null,
    getAsync: async (id) => (id === sent.requestId ? sent.issuedAt : null),
    removeAsync: async () => null,
  };
  return new SAML({
    issuer: entityId,
    callbackUrl: acsUrl,
    entryPoint: identity.ssoUrl,
    idpCert: [...identity.certificates],
    idpIssuer: identity.entityId,
    audience: entityId,
    identifierFormat: null,
    // How to authenticate is the institution's to decide.
    disableRequestedAuthnContext: true,
    forceAuthn: sent.again,
    wantAssertionsSigned: advanced.want_assertion_signed,
    wantAuthnResponseSigned: false,
    acceptedClockSkewMs: CLOCK_SKEW_MS,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    ...(advanced.authn_request_signed && advanced.private_key ? { privateKey: advanced.private_key } : {}),
    ...(advanced.x509cert ? { publicCert: advanced.x509cert } : {}),
    validateInResponseTo: ValidateInResponseTo.always,
    cacheProvider: requests,
    generateUniqueId: () => sent.requestId,
  });
}

export type SignedAnswer = Readonly<{ assertion: Assertion; assertionId: string; validUntil: Date }>;

/** What the answer says, when all of it holds; throws BadAnswer. `saml` was opened for the request it answers. */
export async function readAnswer(
  saml: SAML,
  settings: SamlSettings,
  identity: SamlIdentity,
  { acsUrl }: Pick<ServiceProvider, 'acsUrl'>,
  { requestId, issuedAt, again }: Sent,
  encoded: string,
  now: Date,
): Promise<SignedAnswer> {
  refuseOddXml(encoded);
  refuseOtherDestination(encoded, acsUrl);
  let profile: Profile | null;
  try {
    ({ profile } = await saml.validatePostResponseAsync({ SAMLResponse: encoded }));
  } catch (error) {
    throw new BadAnswer(wordOf(error as Error));
  }
  const signed = asNode(asNode(profile?.getAssertion?.())?.Assertion);
  if (!profile || !signed) throw new BadAnswer('no assertion');
  if (textOf(signed.Issuer) !== identity.entityId) throw new BadAnswer('issuer');
  const assertionId = attributeOf(signed, 'ID');
  if (!assertionId) throw new BadAnswer('no id');
  const validUntil = confirmBearer(signed, acsUrl, requestId, now);
  const statement = asNode(first(signed.AuthnStatement));
  if (!statement) throw new BadAnswer('no authentication statement');
  const sessionUntil = Date.parse(attributeOf(statement, 'SessionNotOnOrAfter') ?? '');
  if (sessionUntil + CLOCK_SKEW_MS <= now.getTime()) throw new BadAnswer('expired');
  // A comparison with a time that cannot be read is false: not again.
  const isFresh =
    Date.parse(attributeOf(statement, 'AuthnInstant') ?? '') + CLOCK_SKEW_MS >= Date.parse(issuedAt);
  if (again && !isFresh) throw new BadAnswer('not signed in again');
  return { assertion: toAssertion(profile, settings, identity), assertionId, validUntil };
}

/** Reading takes a time that grows with the square of their number. An honest answer has a hundred, or some more. */
const MOST_TAGS = 2_000;

const ALGORITHMS = new Set([
  'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  'http://www.w3.org/2001/10/xml-exc-c14n#',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
]);

/**
 * XML readers disagree about comments, processing instructions, CDATA and document types, and signatures do not cover
 * all of them: an honest answer needs none. Neither does it need SHA-1, or a transformation beyond the usual two.
 */
function refuseOddXml(encoded: string): void {
  const xml = Buffer.from(encoded, 'base64').toString('utf8');
  if (xml.split('<').length > MOST_TAGS) throw new BadAnswer('too long');
  if (/<!|<\?(?!xml\s)/.test(xml) || xml.lastIndexOf('<?') > 0) throw new BadAnswer('odd xml');
  for (const [, one, two] of xml.matchAll(/\bAlgorithm\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (!ALGORITHMS.has(one ?? two ?? '')) throw new BadAnswer('algorithm');
  }
  if (/EncryptedAssertion|EncryptedID/.test(xml)) throw new BadAnswer('encrypted');
}

/** Where the message as a whole says that it goes; only some sign that. Who the assertion is for stands in it, signed. */
function refuseOtherDestination(encoded: string, acsUrl: string): void {
  const xml = Buffer.from(encoded, 'base64').toString('utf8');
  const [, attributes = ''] = /<(?:[\w.-]+:)?Response\b([^<>]*)>/.exec(xml) ?? [];
  const [, one, two] = /\bDestination\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(attributes) ?? [];
  const destination = one ?? two ?? '';
  if (destination !== '' && destination !== acsUrl) throw new BadAnswer('destination');
}

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/**
 * Whoever brings the assertion is its subject, if it was made for us, for this request, and not long ago (SAML 2.0
 * Profiles, section 4.1.4.2). Returns until when it could be brought again.
 */
function confirmBearer(signed: Node, acsUrl: string, requestId: string, now: Date): Date {
  const faults = nodes(asNode(first(signed.Subject))?.SubjectConfirmation)
    .filter((confirmation) => attributeOf(confirmation, 'Method') === BEARER)
    .map((confirmation) => {
      const data = asNode(first(confirmation.SubjectConfirmationData));
      const until = Date.parse((data && attributeOf(data, 'NotOnOrAfter')) ?? '');
      if (!data || Number.isNaN(until)) return 'subject confirmation';
      if (attributeOf(data, 'Recipient') !== acsUrl) return 'recipient';
      if (attributeOf(data, 'InResponseTo') !== requestId) return 'in response to';
      if (until + CLOCK_SKEW_MS <= now.getTime()) return 'expired';
      return new Date(until + CLOCK_SKEW_MS);
    });
  const good = faults.find((fault) => fault instanceof Date);
  if (!good) throw new BadAnswer(faults.find((fault) => typeof fault === 'string') ?? 'subject confirmation');
  return good;
}

const EMAIL_NAME_ID = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const TRANSIENT_NAME_ID = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
/** What institutions call these by habit, where the settings name no attribute. */
const USUAL = {
  email: ['email', 'mail', 'urn:oid:0.9.2342.19200300.100.1.3', `${CLAIMS}/emailaddress`],
  first_name: ['first_name', 'givenName', 'urn:oid:2.5.4.42', `${CLAIMS}/givenname`],
  last_name: ['last_name', 'sn', 'surname', 'urn:oid:2.5.4.4', `${CLAIMS}/surname`],
};

function toAssertion(profile: Profile, settings: SamlSettings, identity: SamlIdentity): Assertion {
  const { attribute_mapping: mapping, verified_email } = settings;
  const attributes = (profile.attributes ?? {}) as Record<string, unknown>;
  const read = (names: readonly string[]): string => {
    for (const name of names) {
      const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      const found = Array.isArray(value) ? value.find((one) => typeof one === 'string') : value;
      if (typeof found === 'string' && found.trim() !== '') return found.trim();
    }
    return '';
  };
  const isTransient = profile.nameIDFormat === TRANSIENT_NAME_ID;
  if (mapping.uid === undefined && isTransient)
    throw new BadAnswer('transient name id without attribute uid');
  const subject = mapping.uid === undefined ? (profile.nameID ?? '').trim() : read([mapping.uid]);
  if (!isSubject(subject)) throw new BadAnswer('no subject');
  const named = profile.nameIDFormat === EMAIL_NAME_ID ? profile.nameID : undefined;
  const mapped = (field: keyof typeof USUAL) => read(mapping[field] ? [mapping[field]] : USUAL[field]);
  return {
    issuer: identity.entityId,
    subject,
    email: toEmail(mapped('email') || named),
    emailVerified: verified_email,
    firstName: mapped('first_name').slice(0, 200),
    lastName: mapped('last_name').slice(0, 200),
  };
}

/** A name that can be stored and found again: 1 to 1000 characters, none of them a control character. */
export const isSubject = (subject: string): boolean => /^\P{Cc}{1,1000}$/u.test(subject);

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/InResponseTo/, 'in response to'],
  [/audience/i, 'audience'],
  [/expired|too old/, 'expired'],
  [/not yet valid/, 'not yet valid'],
  // It looks for one whose times are right, and for nothing else.
  [/subject confirmation/, 'expired'],
  [/multiple assertions/, 'several assertions'],
  [/signature|ref URI/i, 'signature'],
  [/provider returned/, 'the institution said no'],
  [/Missing SAML assertion/, 'no assertion'],
];

/** node-saml says why in words that may hold what was sent; of those only the kind is kept. */
const wordOf = ({ message }: Error) => WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? 'malformed';

/** An element as node-saml's reader shows it: children by name without prefix, attributes in $, text in _. */
type Node = Readonly<Record<string, unknown>>;

const asNode = (value: unknown): Node | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : undefined;
const first = (value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 ? value[0] : undefined;
const nodes = (value: unknown): Node[] =>
  (Array.isArray(value) ? value : []).map(asNode).filter((node) => node !== undefined);

function attributeOf(node: Node, name: string): string | undefined {
  const value = asNode(node.$)?.[name];
  return typeof value === 'string' ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  const text = asNode(first(value))?._;
  return typeof text === 'string' ? text : undefined;
}
