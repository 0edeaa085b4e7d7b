import type { Sight, WritableSight } from '../access/sight.ts';
import { empty, type Sql, sql } from '../database/sql.ts';
import type { OrganizationType } from '../domain/organization.ts';
import { type Page, page, type Window } from './page.ts';

export type PractitionerRow = Readonly<{
  id: number;
  userId: number;
  nameFamily: string | null;
  nameGiven: string | null;
  email: string | null;
  /** The practitioner's organizations that the acting person sees. */
  organizations: readonly Readonly<{
    id: number;
    name: string;
    type: OrganizationType;
    partOf: number | null;
  }>[];
}>;

const columns = (sight: Sight) => sql`pr.id, pr.user_id, pr.name_family, pr.name_given, u.email, coalesce((
    select jsonb_agg(
      jsonb_build_object('id', o.id, 'name', o.name, 'type', o.type, 'partOf', o.part_of) order by o.name, o.id)
    from ${sight.memberships} m join ${sight.organizations} o on o.id = m.organization_id
    where m.practitioner_id = pr.id), '[]') as organizations`;
const people = (sight: Sight, where: Sql = empty) =>
  sql`from ${sight.practitioners} pr left join ${sight.users} u on u.id = pr.user_id ${where}`;

/** Practitioners this principal sees, by id. */
export function list(sight: Sight, window: Window): Promise<Page<PractitionerRow>> {
  return page<PractitionerRow>(sight, {
    columns: columns(sight),
    from: people(sight),
    order: sql`pr.id`,
    window,
  });
}

export async function get(sight: Sight, id: number): Promise<PractitionerRow | undefined> {
  const [row] = await sight.query<PractitionerRow>(
    sql`select ${columns(sight)} ${people(sight, sql`where pr.id = ${id}`)}`,
  );
  return row;
}

/** The practitioner behind a user, whether visible or not; only for those who govern an organization somewhere. */
export async function findByUser(sight: Sight, userId: number): Promise<number | undefined> {
  const [row] = await sight.query<{ id: number | null }>(
    sql`select find_practitioner_of_user(${userId}) as id`,
  );
  return row?.id ?? undefined;
}

/** What the practitioner's portal remembers for them; undefined for who is no practitioner. */
export async function ownSettings(sight: Sight): Promise<Record<string, unknown> | undefined> {
  const [row] = await sight.query<{ settings: Record<string, unknown> }>(
    sql`select pr.settings from ${sight.practitioners} pr where pr.id = ${sight.principal.practitionerId}`,
  );
  return row?.settings;
}

/**
 * Merges keys into one's own settings in one statement, so that two at once lose nothing; null removes a key. They say
 * nothing of the practitioner, whose `last_updated` stays as it is.
 */
export async function mergeOwnSettings(
  sight: WritableSight,
  changes: Readonly<Record<string, number | string | null>>,
): Promise<void> {
  await sight.query(sql`
    update practitioner pr
    set settings = jsonb_strip_nulls(pr.settings || ${JSON.stringify(changes)}::jsonb)
    where pr.id = ${sight.principal.practitionerId}`);
}
