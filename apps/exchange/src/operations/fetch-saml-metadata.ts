import { isSafeAddress, type SamlSettings } from '../domain/identity-provider.ts';
import { readSamlMetadata, type SamlIdentity } from '../domain/saml-metadata.ts';

const TIMEOUT_MS = 10_000;
const LIMIT_BYTES = 2_000_000;

/**
 * Who an institution is by its settings, fetching its metadata where they say so: over https (http from this machine
 * only), without following redirects, at most 2 MB in 10 s. Throws with a sentence for the operator. An `entity_id`
 * beside the metadata must be the one in it.
 */
export async function fetchSamlIdentity(idp: SamlSettings['idp']): Promise<SamlIdentity> {
  if ('sso_url' in idp) {
    const certificates = typeof idp.x509cert === 'string' ? [idp.x509cert] : idp.x509cert;
    return { entityId: idp.entity_id, ssoUrl: idp.sso_url, certificates };
  }
  const xml = 'metadata_xml' in idp ? idp.metadata_xml : await fetchText(idp.metadata_url);
  return readSamlMetadata(xml, idp.entity_id);
}

async function fetchText(address: string): Promise<string> {
  if (!isSafeAddress(address)) throw new Error('metadata is fetched over https only.');
  const response = await fetch(address, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept: 'application/samlmetadata+xml, application/xml, text/xml' },
  });
  if (!response.ok || !response.body) throw new Error(`the metadata address answered ${response.status}.`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > LIMIT_BYTES) throw new Error('the metadata is larger than 2 MB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
