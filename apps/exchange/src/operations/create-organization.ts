import type { WritableSight } from '../access/sight.ts';
import { type OrganizationType, ROOT_ORGANIZATION_ID } from '../domain/organization.ts';
import { forbidden, invalid } from '../domain/refusal.ts';
import * as memberships from '../store/memberships.ts';
import * as organizations from '../store/organizations.ts';

/**
 * Founds an organization and makes its founder the manager. Below another one it needs a manager of that one; at the
 * top it needs a superuser, or any practitioner where the setting `organization.self_service_top_level` says so.
 * Returns its id. Refuses type `root` and whoever may not found it (contract 2.2, 3.6, D-03).
 */
export async function createOrganization(
  sight: WritableSight,
  draft: { name: string; type: OrganizationType; partOf: number },
): Promise<number> {
  if (draft.type === 'root') throw invalid('type', 'There is one root, and it exists.');
  const { practitionerId } = sight.principal;
  const governed = await organizations.governs(sight, draft.partOf);
  if (draft.partOf === ROOT_ORGANIZATION_ID) {
    const open = practitionerId !== null && (await organizations.topLevelIsOpen(sight));
    if (!governed && !open) throw forbidden("You don't have permission to create a top-level organization.");
  } else if (!governed) {
    // An unknown parent is refused like one that somebody else governs.
    throw forbidden();
  }
  const id = await organizations.insert(sight, draft);
  if (practitionerId !== null) await memberships.insertFounder(sight, id);
  return id;
}
