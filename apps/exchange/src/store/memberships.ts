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

/** The managers of an organization. Whoever changes them holds the organization, so that two at once cannot both be the last. */
export function managers(sight: WritableSight, organizationId: number): Promise<MembershipRow[]> {
  return sight.query<MembershipRow>(sql`
    select m.id, m.practitioner_id, m.organization_id, m.role
    from ${sight.memberships} m
    where m.organization_id = ${organizationId} and m.role = 'manager'
    order by m.id`);
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

/** Whether this principal may give roles in the organization. */
export async function mayAppoint(sight: Sight, organizationId: number): Promise<boolean> {
  const rows = await sight.query(sql`
    select 1 as one from ${sight.appointingOrganizations} a where a.organization_id = ${organizationId}`);
  return rows.length > 0;
}

/** Adds a practitioner or changes their role, where the acting person may appoint. */
export async function upsert(
  sight: WritableSight,
  { organizationId, practitionerId, role }: { organizationId: number; practitionerId: number; role: Role },
): Promise<void> {
  await sight.query(sql`
    insert into membership (practitioner_id, organization_id, role)
    select ${practitionerId}::bigint, a.organization_id, ${role}
    from ${sight.appointingOrganizations} a
    where a.organization_id = ${organizationId}
    on conflict (practitioner_id, organization_id) do update set role = excluded.role`);
  await noteManager(sight, organizationId);
}

/** Makes the founder of an organization that has no members yet its manager. */
export async function insertFounder(sight: WritableSight, organizationId: number): Promise<void> {
  await sight.query(sql`
    insert into membership (practitioner_id, organization_id, role)
    select ${sight.principal.practitionerId}::bigint, o.id, 'manager'
    from ${sight.organizations} o
    where o.id = ${organizationId} and o.created_by = ${sight.principal.userId}`);
  await noteManager(sight, organizationId);
}

/** Keeps, for good, that the organization has had a manager: from then on a superuser's appointment waits for one. */
async function noteManager(sight: WritableSight, organizationId: number): Promise<void> {
  await sight.query(sql`select note_manager(${organizationId})::text as noted`);
}

/** Closes an organization without a manager for reading, and tells its patients; false where there is one to be asked. */
export async function closeForAppointment(sight: WritableSight, organizationId: number): Promise<boolean> {
  const [row] = await sight.query<{ closed: boolean }>(
    sql`select close_organization(${organizationId}) as closed`,
  );
  return row?.closed ?? false;
}

/** A superuser's appointment that waits for a manager's yes. */
export type AppointmentRow = Readonly<{
  id: number;
  organizationId: number;
  practitionerId: number;
  role: Role;
  proposedBy: number | null;
  proposedAt: Date;
}>;

/** What waits in organizations that this principal governs, oldest first. */
export function appointments(sight: Sight, organizationId: number): Promise<AppointmentRow[]> {
  return sight.query<AppointmentRow>(sql`
    select a.id, a.organization_id, a.practitioner_id, a.role, a.proposed_by, a.proposed_at
    from ${sight.appointments} a where a.organization_id = ${organizationId} order by a.id`);
}

/** Puts an appointment before the managers, in the place of an earlier one of the same practitioner. */
export async function propose(
  sight: WritableSight,
  { organizationId, practitionerId, role }: { organizationId: number; practitionerId: number; role: Role },
): Promise<void> {
  await sight.query(sql`
    delete from appointment a using ${sight.governedOrganizations} g
    where g.organization_id = ${organizationId} and a.organization_id = g.organization_id
      and a.practitioner_id = ${practitionerId}`);
  await sight.query(sql`
    insert into appointment (organization_id, practitioner_id, role, proposed_by)
    values (${organizationId}, ${practitionerId}, ${role}, ${sight.principal.userId})`);
}

/** Takes an appointment off the list; undefined when it is not there. */
export async function settle(
  sight: WritableSight,
  organizationId: number,
  id: number,
): Promise<AppointmentRow | undefined> {
  const [row] = await sight.query<AppointmentRow>(sql`
    delete from appointment a using ${sight.governedOrganizations} g
    where a.id = ${id} and a.organization_id = ${organizationId} and g.organization_id = a.organization_id
    returning a.id, a.organization_id, a.practitioner_id, a.role, a.proposed_by, a.proposed_at`);
  return row;
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
