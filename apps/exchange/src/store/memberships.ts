import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import type { Role } from '../domain/organization.ts';

/** A practitioner of an organization, as the organization's other people see them. */
export type MemberRow = Readonly<{
  userId: number;
  email: string;
  firstName: string;
  lastName: string;
  role: Role;
}>;

/** The practitioners of an organization by last name. */
export function list(sight: Sight, organizationId: number): Promise<MemberRow[]> {
  return sight.query<MemberRow>(sql`
    select u.id as user_id, u.email, u.first_name, u.last_name, m.role
    from ${sight.memberships} m
    join ${sight.practitioners} pr on pr.id = m.practitioner_id
    join ${sight.users} u on u.id = pr.user_id
    where m.organization_id = ${organizationId}
    order by u.last_name, u.first_name, u.id`);
}

export type MembershipRow = Readonly<{
  id: number;
  practitionerId: number;
  organizationId: number;
  role: Role;
}>;

/** The managers of an organization, held until the transaction ends, so that two at once cannot both be the last. */
export function holdManagers(sight: WritableSight, organizationId: number): Promise<MembershipRow[]> {
  return sight.query<MembershipRow>(sql`
    select m.id, m.practitioner_id, m.organization_id, m.role
    from ${sight.memberships} m
    where m.organization_id = ${organizationId} and m.role = 'manager'
    order by m.id
    for update`);
}

export async function get(
  sight: Sight,
  organizationId: number,
  practitionerId: number,
): Promise<MembershipRow | undefined> {
  const [row] = await sight.query<MembershipRow>(sql`
    select m.id, m.practitioner_id, m.organization_id, m.role
    from ${sight.memberships} m
    where m.organization_id = ${organizationId} and m.practitioner_id = ${practitionerId}`);
  return row;
}

/** Adds a practitioner or changes their role, where the acting person governs. */
export async function upsert(
  sight: WritableSight,
  { organizationId, practitionerId, role }: { organizationId: number; practitionerId: number; role: Role },
): Promise<void> {
  await sight.query(sql`
    insert into membership (practitioner_id, organization_id, role)
    select ${practitionerId}::bigint, g.organization_id, ${role}
    from ${sight.governedOrganizations} g
    where g.organization_id = ${organizationId}
    on conflict (practitioner_id, organization_id) do update set role = excluded.role`);
}

/** Makes the founder of an organization that has no members yet its manager. */
export async function insertFounder(sight: WritableSight, organizationId: number): Promise<void> {
  await sight.query(sql`
    insert into membership (practitioner_id, organization_id, role)
    select ${sight.principal.practitionerId}::bigint, o.id, 'manager'
    from ${sight.organizations} o
    where o.id = ${organizationId} and o.created_by = ${sight.principal.userId}`);
}

export async function remove(
  sight: WritableSight,
  organizationId: number,
  practitionerId: number,
): Promise<void> {
  await sight.query(sql`
    delete from membership m
    using ${sight.governedOrganizations} g
    where g.organization_id = ${organizationId}
      and m.organization_id = g.organization_id
      and m.practitioner_id = ${practitionerId}`);
}
