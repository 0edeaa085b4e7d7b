import type { WritableSight } from '../access/sight.ts';
import { type OrganizationType, ROOT_ORGANIZATION_ID } from '../domain/organization.ts';
import { FORBIDDEN, forbidden, invalid, notFound } from '../domain/refusal.ts';
import * as organizations from '../store/organizations.ts';

/**
 * Renames, re-types or moves an organization. Its parent governs it, or itself at the top; a move also needs the new
 * parent. Refuses the root, the type `root`, and a move into itself or below itself (contract 3.6, H-22).
 */
export async function changeOrganization(
  sight: WritableSight,
  id: number,
  changes: { name?: string | undefined; type?: OrganizationType | undefined; partOf?: number | undefined },
): Promise<void> {
  await organizations.holdTree(sight);
  const current = await organizations.get(sight, id);
  if (!current) throw notFound('Organization');
  if (id === ROOT_ORGANIZATION_ID) throw forbidden('The root organization cannot be changed.');
  if (changes.type === 'root') throw invalid('type', 'There is one root, and it exists.');

  const parent = current.partOf ?? ROOT_ORGANIZATION_ID;
  const governing = parent === ROOT_ORGANIZATION_ID ? id : parent;
  if (!(await organizations.governs(sight, governing))) throw forbidden(FORBIDDEN);

  if (changes.partOf !== undefined && changes.partOf !== parent) {
    if (!(await organizations.governs(sight, changes.partOf))) throw forbidden(FORBIDDEN);
    await refuseCircle(sight, id, changes.partOf);
  }
  await organizations.update(sight, id, changes);
}

/** Walks up from the new parent; whoever governs a parent sees all of its ancestors. */
async function refuseCircle(sight: WritableSight, id: number, newParent: number): Promise<void> {
  const parents = new Map((await organizations.all(sight)).map((row) => [row.id, row.partOf]));
  if (!parents.has(newParent)) throw invalid('partOf', 'There is no such organization.');
  for (let at: number | null | undefined = newParent; at !== null && at !== undefined; at = parents.get(at)) {
    if (at === id) throw invalid('partOf', 'An organization cannot be moved into itself or below itself.');
  }
}
