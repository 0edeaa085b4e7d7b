import type { Sight, WritableSight } from '../access/sight.ts';
import { empty, type Sql, sql } from '../database/sql.ts';
import type { OrganizationType, Role } from '../domain/organization.ts';
import { settingOf } from '../domain/settings.ts';
import { type Page, page, type Window } from './page.ts';

export type OrganizationRow = Readonly<{
  id: number;
  name: string;
  type: OrganizationType;
  partOf: number | null;
  lastUpdated: Date;
  /** The acting person's own role here; roles are not inherited. */
  role: Role | null;
}>;

const columns = sql`o.id, o.name, o.type, o.part_of, o.last_updated, m.role`;

const organizations = (sight: Sight, where: Sql = empty) => sql`
  from ${sight.organizations} o
  left join ${sight.memberships} m
    on m.organization_id = o.id and m.practitioner_id = ${sight.principal.practitionerId}
  ${where}`;

/** Visible organizations by name; `partOf` keeps the direct children of one. */
export function list(
  sight: Sight,
  filter: { partOf?: number | undefined },
  window: Window,
): Promise<Page<OrganizationRow>> {
  const where = filter.partOf === undefined ? empty : sql`where o.part_of = ${filter.partOf}`;
  return page<OrganizationRow>(sight, {
    columns,
    from: organizations(sight, where),
    order: sql`o.name, o.id`,
    window,
  });
}

/** Every visible organization by name: what a tree is made of. */
export function all(sight: Sight): Promise<OrganizationRow[]> {
  return sight.query<OrganizationRow>(sql`select ${columns} ${organizations(sight)} order by o.name, o.id`);
}

/** The organizations the acting practitioner is a member of, by name. */
export function own(sight: Sight): Promise<OrganizationRow[]> {
  return sight.query<OrganizationRow>(
    sql`select ${columns} ${organizations(sight, sql`where m.role is not null`)} order by o.name, o.id`,
  );
}

export async function get(sight: Sight, id: number): Promise<OrganizationRow | undefined> {
  const [row] = await sight.query<OrganizationRow>(
    sql`select ${columns} ${organizations(sight, sql`where o.id = ${id}`)}`,
  );
  return row;
}

/** Whether this principal may act on the people of the organization and on the organization itself. */
export async function governs(sight: Sight, organizationId: number): Promise<boolean> {
  const rows = await sight.query(
    sql`select 1 as one from ${sight.governedOrganizations} g where g.organization_id = ${organizationId}`,
  );
  return rows.length > 0;
}

/** Whether this principal governs any organization. */
export async function governsAny(sight: Sight): Promise<boolean> {
  const rows = await sight.query(sql`select 1 as one from ${sight.governedOrganizations} g limit 1`);
  return rows.length > 0;
}

/** Whether this principal may act on the patients and studies of the organization, or of any when none is named. */
export async function manages(sight: Sight, organizationId?: number): Promise<boolean> {
  const one = organizationId === undefined ? empty : sql`where g.organization_id = ${organizationId}`;
  const rows = await sight.query(sql`select 1 as one from ${sight.managedOrganizations} g ${one} limit 1`);
  return rows.length > 0;
}

/** Whether practitioners may found organizations at the top of the tree (setting `organization.self_service_top_level`). */
export async function topLevelIsOpen(sight: Sight): Promise<boolean> {
  const key = 'organization.self_service_top_level';
  const [row] = await sight.query<{ value: unknown }>(
    sql`select s.value from ${sight.settings} s where s.key = ${key}`,
  );
  return settingOf(key, row?.value);
}

/** Adds an organization in the acting user's name. Its id is taken first: it is not visible by membership yet. */
export async function insert(
  sight: WritableSight,
  { name, type, partOf }: { name: string; type: OrganizationType; partOf: number },
): Promise<number> {
  const [row] = await sight.query<{ id: number }>(sql`select nextval('organization_id_seq') as id`);
  await sight.query(sql`
    insert into organization (id, name, type, part_of, created_by)
    values (${row!.id}, ${name}, ${type}, ${partOf}, ${sight.principal.userId})`);
  return row!.id;
}

export async function update(
  sight: WritableSight,
  id: number,
  changes: { name?: string | undefined; type?: OrganizationType | undefined; partOf?: number | undefined },
): Promise<void> {
  await sight.query(sql`
    update organization o
    set name = coalesce(${changes.name ?? null}::text, o.name),
      type = coalesce(${changes.type ?? null}::text, o.type),
      part_of = coalesce(${changes.partOf ?? null}::bigint, o.part_of),
      last_updated = now()
    where o.id = ${id}`);
}

/** Holds the shape of the tree still until the transaction ends: two moves at once could otherwise close a circle. */
export async function holdTree(sight: WritableSight): Promise<void> {
  await sight.query(sql`select pg_advisory_xact_lock(hashtext('organization tree')) as held`);
}
