import type { Sight, WritableSight } from '../access/sight.ts';
import { empty, type Sql, sql } from '../database/sql.ts';
import { type Page, page, type Window } from './page.ts';

export type UserRow = Readonly<{
  id: number;
  /** Null for a login that has not proved one. */
  email: string | null;
  firstName: string;
  lastName: string;
  userType: 'patient' | 'practitioner' | null;
  superuser: boolean;
  active: boolean;
  joinedAt: Date;
  lastLoginAt: Date | null;
  practitionerId: number | null;
  patientId: number | null;
}>;

const columns = sql`u.id, u.email, u.first_name, u.last_name, u.user_type, u.superuser, u.active, u.joined_at,
  u.last_login_at, pr.id as practitioner_id, pa.id as patient_id`;

const people = (sight: Sight, where: Sql = empty) => sql`
  from ${sight.users} u
  left join ${sight.practitioners} pr on pr.user_id = u.id
  left join lateral (
    select min(r.id) as id from ${sight.patients} r where r.user_id = u.id and r.absorbed_into is null) pa on true
  ${where}`;

export async function get(sight: Sight, id: number): Promise<UserRow | undefined> {
  const [row] = await sight.query<UserRow>(sql`select ${columns} ${people(sight, sql`where u.id = ${id}`)}`);
  return row;
}

/** Everybody this principal sees, by last name; `email` is matched whole, without regard to case. */
export function list(
  sight: Sight,
  filter: { email?: string | undefined },
  window: Window,
): Promise<Page<UserRow>> {
  const where = filter.email === undefined ? empty : sql`where lower(u.email) = lower(${filter.email})`;
  return page<UserRow>(sight, {
    columns,
    from: people(sight, where),
    order: sql`u.last_name, u.first_name, u.id`,
    window,
  });
}

/** The practitioner with this address, in sight or not: ids only, and only for those who govern an organization. */
export async function findPractitionerByEmail(
  sight: Sight,
  email: string,
): Promise<{ userId: number; practitionerId: number } | undefined> {
  const [row] = await sight.query<{ userId: number; practitionerId: number }>(
    sql`select (find_practitioner_by_email(${email})).*`,
  );
  return row;
}

/** The names one may change oneself. */
export async function renameSelf(
  sight: WritableSight,
  { firstName, lastName }: { firstName: string | undefined; lastName: string | undefined },
): Promise<void> {
  await sight.query(sql`
    update app_user u
    set first_name = coalesce(${firstName ?? null}::text, u.first_name),
      last_name = coalesce(${lastName ?? null}::text, u.last_name)
    where u.id = ${sight.principal.userId}`);
}

/** Makes the login that goes with a record in keeping: without an address, a password or any power. Returns its id. */
export async function insertForPatient(
  sight: WritableSight,
  { firstName, lastName }: { firstName: string; lastName: string },
): Promise<number> {
  const [row] = await sight.query<{ id: number }>(sql`select nextval('app_user_id_seq') as id`);
  await sight.query(sql`
    insert into app_user (id, first_name, last_name, user_type)
    values (${row!.id}, ${firstName}, ${lastName}, 'patient')`);
  return row!.id;
}
