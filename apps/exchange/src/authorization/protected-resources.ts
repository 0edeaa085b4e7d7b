/** What each protected resource says of itself: where its tokens come from and how they are sent (RFC 9728). */
import type { Config } from '../config.ts';
import { metadataPath, PROOF_ALGORITHMS, PROTECTED_RESOURCES } from '../domain/challenge.ts';
import { IDENTITY_SCOPES } from '../domain/identity-scopes.ts';
import { issuerOf } from './access-token.ts';

/** Documents by the path where they are found; the one without a resource's path speaks of the whole server. */
export function protectedResources(config: Config): [path: string, document: object][] {
  return ['', ...PROTECTED_RESOURCES].map((resource) => [
    metadataPath(resource),
    {
      resource: `${config.siteUrl}${resource}`,
      authorization_servers: [issuerOf(config)],
      scopes_supported: [...IDENTITY_SCOPES, 'patient/*.cruds', 'user/*.cruds'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: [...PROOF_ALGORITHMS],
      dpop_bound_access_tokens_required: false,
      resource_name: 'JupyterHealth Exchange',
    },
  ]);
}
