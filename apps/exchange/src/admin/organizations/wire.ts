import { z } from 'zod';
import { ORGANIZATION_TYPES, type OrganizationType, ROLES } from '../../domain/organization.ts';
import type { Principal } from '../../domain/principal.ts';
import type { AppointmentRow, MemberRow, MembershipRow } from '../../store/memberships.ts';
import type { OrganizationRow } from '../../store/organizations.ts';
import { idSchema, textSchema } from '../read-request.ts';

export type OrganizationLite = { id: number; name: string; type: OrganizationType };

export type OrganizationShape = OrganizationLite & {
  partOf: number | null;
  currentUserRole: 'manager' | 'member' | 'viewer' | 'super_user' | null;
  children: OrganizationShape[];
};

/** OrganizationLite (3.2). */
export function presentLite({ id, name, type }: OrganizationLite): OrganizationLite {
  return { id, name, type };
}

/** Organization (3.2) without children; the role is the caller's own, `super_user` for whoever administers. */
export function presentOrganization(row: OrganizationRow, principal: Principal): OrganizationShape {
  return {
    ...presentLite(row),
    partOf: row.partOf,
    currentUserRole: principal.superuser ? 'super_user' : row.role,
    children: [],
  };
}

/** An organization inside a patient or practitioner: neither role nor children are told there. */
export function presentNested(row: OrganizationLite & { partOf: number | null }): OrganizationShape {
  return { ...presentLite(row), partOf: row.partOf, currentUserRole: null, children: [] };
}

/** The organization with everything below it, each level in the order of `rows`; undefined when it is not among them. */
export function presentTree(
  rows: readonly OrganizationRow[],
  id: number,
  principal: Principal,
): OrganizationShape | undefined {
  const shown = new Map(rows.map((row) => [row.id, presentOrganization(row, principal)]));
  for (const row of rows) {
    const parent = row.partOf === null ? undefined : shown.get(row.partOf);
    const child = shown.get(row.id);
    if (parent && child) parent.children.push(child);
  }
  return shown.get(id);
}

export function presentMember({ userId, email, firstName, lastName, role }: MemberRow) {
  return { id: userId, email, firstName, lastName, role };
}

/** PractitionerOrganization (3.2), the keys that clients read. */
export function presentMembership(
  membership: MembershipRow,
  organization: OrganizationRow | undefined,
  userId: number,
) {
  return {
    id: membership.id,
    organization: organization
      ? { ...presentLite(organization), lastUpdated: organization.lastUpdated, partOf: organization.partOf }
      : { id: membership.organizationId },
    practitioner: { id: membership.practitionerId, jheUser: userId },
    role: membership.role,
  };
}

const typeSchema = z
  .string({ error: 'This field is required.' })
  .refine(
    (type): type is OrganizationType => Object.hasOwn(ORGANIZATION_TYPES, type),
    'Not a known type of organization.',
  );

/** POST: no parent is the top. */
export const newOrganizationSchema = z.object({
  name: textSchema,
  type: typeSchema,
  partOf: idSchema.nullish().transform((id) => id ?? 0),
});

export const organizationChangesSchema = z.object({
  name: textSchema.optional(),
  type: typeSchema.optional(),
  partOf: idSchema.optional(),
});

const roleSchema = z.enum(ROLES, { error: `Must be one of ${ROLES.join(', ')}.` });

/** The reference spells the role `organizationPartitionerRole`; both spellings and the short one are read. */
export const membershipSchema = z
  .object({
    jheUserId: idSchema,
    organizationPartitionerRole: roleSchema.optional(),
    organizationPractitionerRole: roleSchema.optional(),
    role: roleSchema.optional(),
  })
  .transform(({ jheUserId, ...roles }) => ({
    userId: jheUserId,
    role:
      roles.organizationPartitionerRole ??
      roles.organizationPractitionerRole ??
      roles.role ??
      ('member' as const),
  }));

export const memberSchema = z.object({ jheUserId: idSchema });

/** What a superuser proposed and a manager decides. */
export function presentAppointment({ id, practitionerId, role, proposedBy, proposedAt }: AppointmentRow) {
  return { id, practitionerId, role, proposedBy, proposedAt };
}

export const settleSchema = z.object({ accept: z.boolean('Must be true or false.') });
