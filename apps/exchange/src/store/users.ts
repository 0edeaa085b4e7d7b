import type { Sight, WritableSight } from '../access/sight.ts';
import { empty, type Sql, sql } from '../database/sql.ts';
import { type Page, page, type Window } from './page.ts';

export type UserRow = Readonly<{
  id: number;
  email: string;
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
  left join ${sight.patients} pa on pa.user_id = u.id
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

export type PersonRow = Readonly<{
  userId: number;
  superuser: boolean;
  practitionerId: number | null;
  patientId: number | null;
}>;

/** Who has this address, whether visible or not: ids only, and only for those who manage an organization somewhere. */
export async function findPersonByEmail(sight: Sight, email: string): Promise<PersonRow | undefined> {
  const [row] = await sight.query<PersonRow>(sql`select (find_person_by_email(${email})).*`);
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

/** Makes a login for a patient, without a password. False when the address is taken. */
export async function insertForPatient(
  sight: WritableSight,
  user: { id: number; email: string; firstName: string; lastName: string },
): Promise<boolean> {
  const made = await sight.query(sql`
    insert into app_user (id, email, first_name, last_name, user_type)
    values (${user.id}, ${user.email}, ${user.firstName}, ${user.lastName}, 'patient')
    on conflict do nothing
    returning true as made`);
  return made.length === 1;
}

/** The next id of the table `app_user`. */
export async function nextId(sight: WritableSight): Promise<number> {
  const [row] = await sight.query<{ id: number }>(sql`select nextval('app_user_id_seq') as id`);
  return row!.id;
}
