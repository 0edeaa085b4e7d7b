import type { SamlSettings } from '../domain/identity-provider.ts';
import { readSamlMetadata, type SamlIdentity } from '../domain/saml-metadata.ts';
import { fetchText, isLocal } from '../outbound.ts';

const MOST_BYTES = 2_000_000;

/**
 * Who an institution is by its settings, fetching its metadata where they say so: over https, without following
 * redirects, at most 2 MB in 10 s; from a private network only where the settings say so, or while the exchange itself is
 * tried out on this computer (`siteUrl`), then also over http from here. Throws with a sentence for the operator. An
 * `entity_id` beside the metadata must be the one in it.
 */
export async function fetchSamlIdentity(
  { idp, private_network }: Pick<SamlSettings, 'idp' | 'private_network'>,
  siteUrl: string,
): Promise<SamlIdentity> {
  if ('sso_url' in idp) {
    const certificates = typeof idp.x509cert === 'string' ? [idp.x509cert] : idp.x509cert;
    return { entityId: idp.entity_id, ssoUrl: idp.sso_url, certificates };
  }
  if ('metadata_xml' in idp) return readSamlMetadata(idp.metadata_xml, idp.entity_id);
  const xml = await fetchText(idp.metadata_url, {
    reach: private_network || isLocal(siteUrl) ? 'private' : 'public',
    headers: { accept: 'application/samlmetadata+xml, application/xml, text/xml' },
    mostBytes: MOST_BYTES,
  });
  return readSamlMetadata(xml, idp.entity_id);
}
