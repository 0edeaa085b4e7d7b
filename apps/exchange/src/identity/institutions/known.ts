/** Which institutions there are for a sign-in, as they are configured now. */

import { type IdentityProvider, toIdentityProvider } from '../../domain/identity-provider.ts';
import { Refusal } from '../../domain/refusal.ts';
import { findIdentityProvider, listIdentityProviders } from '../../store/oauth-identity-providers.ts';
import { readSettings } from '../../store/oauth-settings.ts';
import type { IdentityParts } from '../parts.ts';

const SHOW_SAML = 'auth.sso.saml2';

/** An institution that is enabled, of a kind. Refuses an unknown slug. */
export async function findInstitution<Kind extends IdentityProvider['kind']>(
  { system, log }: Pick<IdentityParts, 'system' | 'log'>,
  kind: Kind,
  slug: string,
): Promise<Extract<IdentityProvider, { kind: Kind }>> {
  const row = await system('token', (sight) => findIdentityProvider(sight, kind, slug));
  const found = row && toIdentityProvider(row);
  if (row && !found) log.error({ slug }, 'the settings of an identity provider cannot be used');
  if (!found) throw new Refusal('not-found', 'There is no institution of this name here.');
  return found as Extract<IdentityProvider, { kind: Kind }>;
}

/** Institutions to offer on the sign-in page: SAML ones while the setting auth.sso.saml2 is on. */
export function listOfferedInstitutions({
  system,
}: Pick<IdentityParts, 'system'>): Promise<IdentityProvider[]> {
  return system('token', async (sight) => {
    const rows = (await listIdentityProviders(sight)).filter(({ enabled }) => enabled);
    if (rows.length === 0) return [];
    const showsSaml = (await readSettings(sight, [SHOW_SAML]))[SHOW_SAML];
    return rows
      .filter(({ kind }) => kind !== 'saml' || showsSaml)
      .map(toIdentityProvider)
      .filter((found) => found !== undefined);
  });
}
