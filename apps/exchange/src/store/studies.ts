import type { Sight, WritableSight } from '../access/sight.ts';
import { empty, type Sql, sql } from '../database/sql.ts';
import type { OrganizationType } from '../domain/organization.ts';
import { type Page, page, type Window } from './page.ts';

export type StudyRow = Readonly<{
  id: number;
  name: string;
  description: string;
  iconUrl: string | null;
  organizationId: number;
  organizationName: string;
  organizationType: OrganizationType;
  lastUpdated: Date;
}>;

const columns = sql`s.id, s.name, s.description, s.icon_url, s.organization_id, o.name as organization_name,
  o.type as organization_type, s.last_updated`;

const studies = (sight: Sight, where: Sql) => sql`
  from ${sight.studies} s join ${sight.organizations} o on o.id = s.organization_id ${where}`;

/** Visible studies by name; `organizationId` keeps those of one organization. */
export function list(
  sight: Sight,
  filter: { organizationId?: number | undefined },
  window: Window,
): Promise<Page<StudyRow>> {
  const where =
    filter.organizationId === undefined ? empty : sql`where s.organization_id = ${filter.organizationId}`;
  return page<StudyRow>(sight, { columns, from: studies(sight, where), order: sql`s.name, s.id`, window });
}

export async function get(sight: Sight, id: number): Promise<StudyRow | undefined> {
  const [row] = await sight.query<StudyRow>(
    sql`select ${columns} ${studies(sight, sql`where s.id = ${id}`)}`,
  );
  return row;
}

/** The organization of a study that this principal may act on; undefined for any other. */
export async function managedOrganizationOf(sight: Sight, studyId: number): Promise<number | undefined> {
  const [row] = await sight.query<{ organizationId: number }>(
    sql`select m.organization_id from ${sight.manageableStudies} m where m.study_id = ${studyId}`,
  );
  return row?.organizationId;
}

/** Adds a study to an organization that this principal manages; undefined when it does not. */
export async function insert(
  sight: WritableSight,
  study: { organizationId: number; name: string; description: string; iconUrl: string | null },
): Promise<number | undefined> {
  const [row] = await sight.query<{ id: number }>(sql`
    select nextval('study_id_seq') as id from ${sight.managedOrganizations} g
    where g.organization_id = ${study.organizationId}`);
  if (!row) return undefined;
  await sight.query(sql`
    insert into study (id, organization_id, name, description, icon_url)
    select ${row.id}::bigint, g.organization_id, ${study.name}, ${study.description}, ${study.iconUrl}
    from ${sight.managedOrganizations} g
    where g.organization_id = ${study.organizationId}`);
  return row.id;
}

export async function update(
  sight: WritableSight,
  id: number,
  changes: {
    organizationId?: number | undefined;
    name?: string | undefined;
    description?: string | undefined;
    /** Null removes it. */
    iconUrl?: string | null | undefined;
  },
): Promise<void> {
  await sight.query(sql`
    update study s
    set organization_id = coalesce(${changes.organizationId ?? null}::bigint, s.organization_id),
      name = coalesce(${changes.name ?? null}::text, s.name),
      description = coalesce(${changes.description ?? null}::text, s.description),
      icon_url = ${changes.iconUrl === undefined ? sql`s.icon_url` : sql`${changes.iconUrl}::text`},
      last_updated = now()
    from ${sight.manageableStudies} m
    where m.study_id = ${id} and s.id = m.study_id`);
}

/** Removes a study and what hangs on it. Its consents are ended first, by operations/remove-study.ts. */
export async function remove(sight: WritableSight, id: number): Promise<void> {
  await sight.query(sql`
    delete from study s using ${sight.manageableStudies} m where m.study_id = ${id} and s.id = m.study_id`);
}
