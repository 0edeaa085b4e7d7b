/** What an institution says about itself: SAML 2.0 Metadata, of which four things matter here. */
import { isSafeAddress, toPem } from './identity-provider.ts';

/** An identity provider's name, where its sign-in takes requests by redirect, and the certificates it signs with. */
export type SamlIdentity = Readonly<{ entityId: string; ssoUrl: string; certificates: readonly string[] }>;

const TAG = /<(\/?)(?:[\w.-]+:)?([\w.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>([^<]*)/g;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const SAML2 = 'urn:oasis:names:tc:SAML:2.0:protocol';

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const plain = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_all, key: string) => ENTITIES[key] ?? '');

/** By a search for the ends: an expression looks through the whole text again for each comment that has none. */
function withoutComments(xml: string): string {
  const [first = '', ...rest] = xml.split('<!--');
  const kept = rest.map((part) => {
    const end = part.indexOf('-->');
    if (end < 0) throw new Error('the metadata has a comment without an end.');
    return part.slice(end + 3);
  });
  return first + kept.join('');
}

type Draft = { entityId: string; ssoUrl: string | undefined; certificates: string[] };

/**
 * Reads an EntityDescriptor, or finds `wanted` among several. Throws with what is missing. It is configuration that an
 * operator chose, so this reads plain metadata and refuses document types; nothing that people send is read with it.
 */
export function readSamlMetadata(xml: string, wanted?: string): SamlIdentity {
  if (/<!(DOCTYPE|ENTITY|\[CDATA)/i.test(xml)) throw new Error('the metadata has a document type or CDATA.');
  const drafts: Draft[] = [];
  let inRole = false;
  let use: string | undefined;
  for (const [, closing, tag, attributes = '', , text = ''] of withoutComments(xml).matchAll(TAG)) {
    const of = Object.fromEntries(
      [...attributes.matchAll(ATTRIBUTE)].map(([, key = '', one, two]) => [key, plain(one ?? two ?? '')]),
    );
    const current = drafts.at(-1);
    if (tag === 'EntityDescriptor' && !closing) {
      drafts.push({ entityId: of.entityID ?? '', ssoUrl: undefined, certificates: [] });
      inRole = false;
    } else if (tag === 'IDPSSODescriptor') {
      inRole = !closing && (of.protocolSupportEnumeration ?? '').split(/\s+/).includes(SAML2);
    } else if (!inRole || !current || closing) {
    } else if (tag === 'KeyDescriptor') {
      use = of.use;
    } else if (tag === 'X509Certificate' && use !== 'encryption') {
      current.certificates.push(toPem(text, 'CERTIFICATE'));
    } else if (tag === 'SingleSignOnService' && of.Binding === REDIRECT) {
      current.ssoUrl ??= of.Location;
    }
  }
  const found = drafts.filter(({ entityId, ssoUrl }) =>
    wanted === undefined ? ssoUrl : entityId === wanted,
  );
  const [identity] = found;
  if (!identity)
    throw new Error(`the metadata has no identity provider${wanted ? ` called ${wanted}` : ''}.`);
  if (found.length > 1)
    throw new Error('the metadata has several identity providers: say which in entity_id.');
  const { entityId, ssoUrl, certificates } = identity;
  if (!entityId || !ssoUrl || !isSafeAddress(ssoUrl)) {
    throw new Error('the metadata names no https:// address for sign-in by redirect.');
  }
  if (certificates.length === 0) throw new Error('the metadata has no certificate for signatures.');
  return { entityId, ssoUrl, certificates };
}
