import type { WritableSight } from '../access/sight.ts';
import { ROOT_ORGANIZATION_ID, type Role } from '../domain/organization.ts';
import { FORBIDDEN, forbidden, notFound, Refusal } from '../domain/refusal.ts';
import { holdOrganizations } from '../store/locks.ts';
import * as memberships from '../store/memberships.ts';
import * as organizations from '../store/organizations.ts';
import * as practitioners from '../store/practitioners.ts';

export type MembershipDeed = Readonly<{ organizationId: number; userId: number; role: Role }>;

/**
 * Adds a practitioner to an organization or changes their role; whoever manages the organization may. A superuser who is
 * no manager there only proposes it (`membership` is null then) where the organization ever had a manager: a manager
 * accepts. Where none is left, the appointment counts, every patient is told, and nobody reads there for fourteen days.
 * Returns the membership and whether it is new. Refuses users who are no practitioners and taking the role of the last
 * manager (contract 3.6, D-09, H-23).
 */
export async function setMembership(
  sight: WritableSight,
  { organizationId, userId, role }: MembershipDeed,
): Promise<{ membership: memberships.MembershipRow | null; created: boolean }> {
  const practitionerId = await practitionerIn(sight, organizationId, userId);
  await holdOrganizations(sight, [organizationId], 'exclusive');
  const managers = await memberships.managers(sight, organizationId);
  const before = await memberships.get(sight, organizationId, practitionerId);
  if (role !== 'manager') keepOneManager(managers, practitionerId);
  const appoints =
    (await memberships.mayAppoint(sight, organizationId)) ||
    (await memberships.closeForAppointment(sight, organizationId));
  if (!appoints) {
    await memberships.propose(sight, { organizationId, practitionerId, role });
    return { membership: null, created: false };
  }
  await memberships.upsert(sight, { organizationId, practitionerId, role });
  const membership = await memberships.get(sight, organizationId, practitionerId);
  if (!membership) throw forbidden(FORBIDDEN);
  return { membership, created: before === undefined };
}

/** Accepts (or turns down) what a superuser proposed. Only a manager of the organization accepts; a superuser may take it back. */
export async function settleAppointment(
  sight: WritableSight,
  { organizationId, id, accept }: { organizationId: number; id: number; accept: boolean },
): Promise<memberships.MembershipRow | null> {
  if (!(await organizations.get(sight, organizationId))) throw notFound('Organization');
  await holdOrganizations(sight, [organizationId], 'exclusive');
  if (accept && !(await memberships.mayAppoint(sight, organizationId))) throw forbidden(FORBIDDEN);
  const appointment = await memberships.settle(sight, organizationId, id);
  if (!appointment) throw notFound('Appointment');
  if (!accept) return null;
  if (appointment.role !== 'manager')
    keepOneManager(await memberships.managers(sight, organizationId), appointment.practitionerId);
  await memberships.upsert(sight, appointment);
  return (await memberships.get(sight, organizationId, appointment.practitionerId)) ?? null;
}

/** Removes a practitioner from an organization. Who is no member is none afterwards. Refuses the last manager. */
export async function removeMembership(
  sight: WritableSight,
  { organizationId, userId }: { organizationId: number; userId: number },
): Promise<void> {
  const practitionerId = await practitionerIn(sight, organizationId, userId);
  await holdOrganizations(sight, [organizationId], 'exclusive');
  keepOneManager(await memberships.managers(sight, organizationId), practitionerId);
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
