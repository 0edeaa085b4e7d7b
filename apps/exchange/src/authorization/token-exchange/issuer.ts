/** What a trusted issuer says of itself: where its keys are, and where it answers who somebody is. */
import { isLocal, OutboundFault, type OutboundReach } from '../../outbound.ts';
import { keysOf, type RemoteDocuments } from '../remote-documents.ts';
import { ExchangeFault } from './request.ts';

const DOCUMENTS = ['/.well-known/smart-configuration', '/.well-known/openid-configuration'];

/** A hospital's server may well stand in a private network; what it points to elsewhere must be public. */
const reachOf = (issuer: string, address: string): OutboundReach =>
  URL.canParse(address) && new URL(address).hostname === new URL(issuer).hostname ? 'private' : 'public';

/** An address in the issuer's own documents, SMART's before OpenID's. A fault of the issuer is ours to answer with 502. */
export async function endpointOf(
  documents: RemoteDocuments,
  issuer: string,
  name: 'jwks_uri' | 'userinfo_endpoint' | 'introspection_endpoint',
): Promise<{ address: string; reach: OutboundReach }> {
  if (URL.canParse(issuer) && (new URL(issuer).protocol === 'https:' || isLocal(issuer))) {
    for (const path of DOCUMENTS) {
      const document = await documents.read(`${issuer}${path}`, 'private').catch(unlessOutbound);
      const address = document?.[name];
      if (typeof address === 'string') return { address, reach: reachOf(issuer, address) };
    }
  }
  throw unreachable('Discovery of the issuer failed');
}

/** The issuer's keys that may have signed a token with this header. Refuses with 502 when there are none. */
export async function keysOfIssuer(
  documents: RemoteDocuments,
  issuer: string,
  header: Readonly<{ kid?: string | undefined; alg: string }>,
): Promise<Record<string, unknown>[]> {
  const { address, reach } = await endpointOf(documents, issuer, 'jwks_uri');
  const fits = (key: Record<string, unknown>) =>
    (header.kid === undefined || key.kid === header.kid) &&
    key.kty === (header.alg.startsWith('ES') ? 'EC' : 'RSA') &&
    [undefined, 'sig'].includes(key.use as string | undefined) &&
    [undefined, header.alg].includes(key.alg as string | undefined);
  const document = await documents
    .read(address, reach, (found) => keysOf(found).some(fits))
    .catch(unlessOutbound);
  if (!document || !Array.isArray(document.keys)) throw unreachable('The keys of the issuer cannot be read');
  const keys = keysOf(document).filter(fits);
  if (keys.length === 0) throw unreachable('Signing key not found');
  return keys.slice(0, 10);
}

export const unreachable = (description: string): ExchangeFault =>
  new ExchangeFault(502, 'temporarily_unavailable', description);

function unlessOutbound(error: unknown): undefined {
  if (error instanceof OutboundFault) return undefined;
  throw error;
}
