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
  /** HL7 v3 PurposeOfUse. */
  purpose: StudyPurpose;
  /** Answers stop counting then. */
  endsAt: Date | null;
  version: number;
}>;

export const STUDY_PURPOSES = ['TREAT', 'HRESCH', 'CLINTRCH', 'PUBHLTH', 'HQUALIMP'] as const;
export type StudyPurpose = (typeof STUDY_PURPOSES)[number];

const columns = sql`s.id, s.name, s.description, s.icon_url, s.organization_id, o.name as organization_name,
  o.type as organization_type, s.last_updated, s.purpose, s.ends_at, s.version`;

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
  study: {
    organizationId: number;
    name: string;
    description: string;
    iconUrl: string | null;
    purpose: StudyPurpose;
    endsAt: Date | null;
  },
): Promise<number | undefined> {
  const [row] = await sight.query<{ id: number }>(sql`
    select nextval('study_id_seq') as id from ${sight.managedOrganizations} g
    where g.organization_id = ${study.organizationId}`);
  if (!row) return undefined;
  await sight.query(sql`
    insert into study (id, organization_id, name, description, icon_url, purpose, ends_at)
    select ${row.id}::bigint, g.organization_id, ${study.name}, ${study.description}, ${study.iconUrl}, ${study.purpose},
      ${study.endsAt}::timestamptz
    from ${sight.managedOrganizations} g
    where g.organization_id = ${study.organizationId}`);
  await keepVersion(sight, row.id);
  return row.id;
}

export type StudyChanges = Readonly<{
  name?: string | undefined;
  description?: string | undefined;
  /** Null removes it. */
  iconUrl?: string | null | undefined;
  purpose?: StudyPurpose | undefined;
  /** Null: it has no end. */
  endsAt?: Date | null | undefined;
}>;

/** Changes a manageable study; what it said before stays as an older version. */
export async function update(sight: WritableSight, id: number, changes: StudyChanges): Promise<void> {
  await sight.query(sql`
    update study s
    set name = coalesce(${changes.name ?? null}::text, s.name),
      description = coalesce(${changes.description ?? null}::text, s.description),
      icon_url = ${changes.iconUrl === undefined ? sql`s.icon_url` : sql`${changes.iconUrl}::text`},
      purpose = coalesce(${changes.purpose ?? null}::text, s.purpose),
      ends_at = ${changes.endsAt === undefined ? sql`s.ends_at` : sql`${changes.endsAt}::timestamptz`},
      version = s.version + 1,
      last_updated = now()
    from ${sight.manageableStudies} m
    where m.study_id = ${id} and s.id = m.study_id`);
  await keepVersion(sight, id);
}

/** What the study asks as it stands now, kept under its version: answers name it. */
async function keepVersion(sight: WritableSight, id: number): Promise<void> {
  await sight.query(sql`
    insert into study_version (study_id, version, name, description, purpose, ends_at)
    select s.id, s.version, s.name, s.description, s.purpose, s.ends_at from ${sight.studies} s where s.id = ${id}`);
}

/** Removes a study and what hangs on it. Its consents are ended first, by operations/remove-study.ts. */
export async function remove(sight: WritableSight, id: number): Promise<void> {
  await sight.query(sql`
    delete from study s using ${sight.manageableStudies} m where m.study_id = ${id} and s.id = m.study_id`);
}
