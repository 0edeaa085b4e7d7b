import type { WritableSight } from '../access/sight.ts';
import { ROOT_ORGANIZATION_ID, type Role } from '../domain/organization.ts';
import { FORBIDDEN, forbidden, notFound, Refusal } from '../domain/refusal.ts';
import * as memberships from '../store/memberships.ts';
import * as organizations from '../store/organizations.ts';
import * as practitioners from '../store/practitioners.ts';

/**
 * Adds a practitioner to an organization or changes their role; whoever manages the organization may. Returns the
 * membership and whether it is new. Refuses users who are no practitioners and taking the role of the last manager
 * (contract 3.6, D-09, H-23).
 */
export async function setMembership(
  sight: WritableSight,
  { organizationId, userId, role }: { organizationId: number; userId: number; role: Role },
): Promise<{ membership: memberships.MembershipRow; created: boolean }> {
  const practitionerId = await practitionerIn(sight, organizationId, userId);
  const managers = await memberships.holdManagers(sight, organizationId);
  const before = await memberships.get(sight, organizationId, practitionerId);
  if (role !== 'manager') keepOneManager(managers, practitionerId);
  await memberships.upsert(sight, { organizationId, practitionerId, role });
  const membership = await memberships.get(sight, organizationId, practitionerId);
  if (!membership) throw forbidden(FORBIDDEN);
  return { membership, created: before === undefined };
}

/** Removes a practitioner from an organization. Who is no member is none afterwards. Refuses the last manager. */
export async function removeMembership(
  sight: WritableSight,
  { organizationId, userId }: { organizationId: number; userId: number },
): Promise<void> {
  const practitionerId = await practitionerIn(sight, organizationId, userId);
  keepOneManager(await memberships.holdManagers(sight, organizationId), practitionerId);
  await memberships.remove(sight, organizationId, practitionerId);
}

async function practitionerIn(sight: WritableSight, organizationId: number, userId: number): Promise<number> {
  if (!(await organizations.get(sight, organizationId))) throw notFound('Organization');
  if (!(await organizations.governs(sight, organizationId))) throw forbidden(FORBIDDEN);
  if (organizationId === ROOT_ORGANIZATION_ID)
    throw forbidden('Nobody is a member of the root organization.');
  const practitionerId = await practitioners.findByUser(sight, userId);
  if (practitionerId === undefined) throw new Refusal('not-found', 'Practitioner not found');
  return practitionerId;
}

function keepOneManager(managers: readonly memberships.MembershipRow[], practitionerId: number): void {
  const [manager, ...others] = managers;
  if (manager?.practitionerId === practitionerId && others.length === 0) {
    throw new Refusal(
      'conflict',
      'This is the last manager of the organization; make somebody else manager first.',
    );
  }
}
