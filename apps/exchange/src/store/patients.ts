import type { Sight, WritableSight } from '../access/sight.ts';
import { join, type Sql, sql } from '../database/sql.ts';
import type { OrganizationType } from '../domain/organization.ts';
import { type Page, page, type Window } from './page.ts';

export type Identifier = Readonly<{ system: string; value: string }>;

export type PatientRow = Readonly<{
  id: number;
  patientId: number;
  userId: number | null;
  nameFamily: string | null;
  nameGiven: string | null;
  /** YYYY-MM-DD */
  birthDate: string | null;
  telecomPhone: string | null;
  /** The address of the patient's login; null without a login. */
  telecomEmail: string | null;
  identifiers: readonly (Identifier & Readonly<{ id: number }>)[];
  /** The patient's organizations that this principal sees. */
  organizations: readonly Readonly<{
    id: number;
    name: string;
    type: OrganizationType;
    partOf: number | null;
  }>[];
}>;

/** Lists of a patient are put together as JSON by the database: one row for each patient, one statement for a page. */
const columns = (
  sight: Sight,
) => sql`p.id, p.patient_id, p.user_id, p.name_family, p.name_given, p.birth_date,
  p.telecom_phone, u.email as telecom_email,
  coalesce((
    select jsonb_agg(jsonb_build_object('id', i.id, 'system', i.system, 'value', i.value) order by i.id)
    from ${sight.patientIdentifiers} i where i.patient_id = p.id), '[]') as identifiers,
  coalesce((
    select jsonb_agg(
      jsonb_build_object('id', o.id, 'name', o.name, 'type', o.type, 'partOf', o.part_of) order by o.name, o.id)
    from ${sight.patientOrganizations} po join ${sight.organizations} o on o.id = po.organization_id
    where po.patient_id = p.id), '[]') as organizations`;

const patients = (sight: Sight, ...conditions: Sql[]) => sql`
  from ${sight.patients} p left join ${sight.users} u on u.id = p.user_id
  where ${join([sql`true`, ...conditions], ' and ')}`;

export type PatientFilter = {
  organizationId?: number | undefined;
  /** Enrolled in this study. */
  studyId?: number | undefined;
  patientId?: number | undefined;
  identifierValue?: string | undefined;
};

/** Visible patients by id. */
export function list(sight: Sight, filter: PatientFilter, window: Window): Promise<Page<PatientRow>> {
  const { organizationId, studyId, patientId, identifierValue } = filter;
  const conditions: Sql[] = [];
  if (organizationId !== undefined) {
    conditions.push(sql`p.id in (
      select po.patient_id from ${sight.patientOrganizations} po where po.organization_id = ${organizationId})`);
  }
  if (studyId !== undefined) {
    conditions.push(
      sql`p.id in (select e.patient_id from ${sight.enrollments} e where e.study_id = ${studyId})`,
    );
  }
  if (patientId !== undefined) conditions.push(sql`p.id = ${patientId}`);
  if (identifierValue !== undefined) {
    conditions.push(sql`p.id in (
      select i.patient_id from ${sight.patientIdentifiers} i where i.value = ${identifierValue})`);
  }
  return page<PatientRow>(sight, {
    columns: columns(sight),
    from: patients(sight, ...conditions),
    order: sql`p.id`,
    window,
  });
}

export async function get(sight: Sight, id: number): Promise<PatientRow | undefined> {
  const [row] = await sight.query<PatientRow>(
    sql`select ${columns(sight)} ${patients(sight, sql`p.id = ${id}`)}`,
  );
  return row;
}

/** The visible patient with this address as login. */
export async function getByEmail(sight: Sight, email: string): Promise<PatientRow | undefined> {
  const [row] = await sight.query<PatientRow>(
    sql`select ${columns(sight)} ${patients(sight, sql`lower(u.email) = lower(${email})`)}`,
  );
  return row;
}

/** Without `patientId`: these names only go beside readings, which are traced themselves. */
export type PatientName = Readonly<{ id: number; nameFamily: string | null; nameGiven: string | null }>;

/** The names of visible patients. */
export function names(sight: Sight, ids: readonly number[]): Promise<PatientName[]> {
  return sight.query<PatientName>(sql`
    select p.id, p.name_family, p.name_given from ${sight.patients} p where p.id = any(${ids}::bigint[])`);
}

/** The name of one visible patient: traced, because somebody looked at it. */
export async function name(
  sight: Sight,
  id: number,
): Promise<(PatientName & { patientId: number }) | undefined> {
  const [row] = await sight.query<PatientName & { patientId: number }>(sql`
    select p.id, p.patient_id, p.name_family, p.name_given from ${sight.patients} p where p.id = ${id}`);
  return row;
}

export type FoundPatient = PatientName &
  Readonly<{
    patientId: number;
    /** YYYY-MM-DD */
    birthDate: string | null;
    identifiers: readonly string[];
  }>;

/**
 * Visible patients of whom every word of the text is part of the name, begins an identifier, or is the birth date; by
 * family name, at most `limit`. An empty text finds everybody.
 */
export function find(sight: Sight, text: string, limit: number): Promise<FoundPatient[]> {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const conditions = words.map(
    (word) => sql`(
      position(${word} in lower(concat_ws(' ', p.name_given, p.name_family))) > 0
      or p.birth_date::text = ${word}
      or exists (
        select from ${sight.patientIdentifiers} i where i.patient_id = p.id and starts_with(lower(i.value), ${word})))`,
  );
  return sight.query<FoundPatient>(sql`
    select p.id, p.patient_id, p.name_family, p.name_given, p.birth_date::text as birth_date, coalesce((
      select jsonb_agg(i.value order by i.id) from ${sight.patientIdentifiers} i where i.patient_id = p.id
    ), '[]') as identifiers
    from ${sight.patients} p
    where ${join([sql`true`, ...conditions], ' and ')}
    order by lower(p.name_family), lower(p.name_given), p.id
    limit ${limit}`);
}

/** The visible patient that an external identifier points to. Index: patient_identifier (system, value). */
export async function findByIdentifier(
  sight: Sight,
  system: string,
  value: string,
): Promise<{ patientId: number } | undefined> {
  const [row] = await sight.query<{ patientId: number }>(sql`
    select i.patient_id from ${sight.patientIdentifiers} i where i.system = ${system} and i.value = ${value}`);
  return row;
}

/** The patient with this address, of any organization: the id and nothing else, for those who manage somewhere. */
export async function findAnywhereByEmail(
  sight: Sight,
  email: string,
): Promise<{ patientId: number } | undefined> {
  const [row] = await sight.query<{ patientId: number | null }>(
    sql`select (find_person_by_email(${email})).patient_id`,
  );
  return row?.patientId ? { patientId: row.patientId } : undefined;
}

export type PatientDetails = Readonly<{
  nameFamily: string | null;
  nameGiven: string | null;
  birthDate: string | null;
  telecomPhone: string | null;
}>;

/** Makes a patient who belongs to nobody yet, where this principal manages the organization they are meant for. */
export async function insert(
  sight: WritableSight,
  organizationId: number,
  patient: PatientDetails & Readonly<{ userId: number | null }>,
): Promise<{ patientId: number } | undefined> {
  const [row] = await sight.query<{ patientId: number }>(sql`
    select nextval('patient_id_seq') as patient_id from ${sight.managedOrganizations} g
    where g.organization_id = ${organizationId}`);
  if (!row) return undefined;
  await sight.query(sql`
    insert into patient (id, user_id, name_family, name_given, birth_date, telecom_phone)
    values (${row.patientId}, ${patient.userId}, ${patient.nameFamily}, ${patient.nameGiven}, ${patient.birthDate},
      ${patient.telecomPhone})`);
  return row;
}

/** Adds a patient to an organization that this principal manages; false when they belong to it already. */
export async function addToOrganization(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<boolean> {
  const made = await sight.query(sql`
    insert into patient_organization (patient_id, organization_id)
    select ${patientId}::bigint, g.organization_id from ${sight.managedOrganizations} g
    where g.organization_id = ${organizationId}
    on conflict (patient_id, organization_id) do nothing
    returning patient_id`);
  return made.length > 0;
}

/** Where this principal manages a patient. */
export async function managedOrganizationsOf(sight: Sight, patientId: number): Promise<number[]> {
  const rows = await sight.query<{ organizationId: number }>(
    sql`select m.organization_id from ${sight.manageablePatients} m where m.patient_id = ${patientId}`,
  );
  return rows.map((row) => row.organizationId);
}

/** Changes what is given; undefined leaves a field, null empties it. */
export async function update(
  sight: WritableSight,
  patientId: number,
  changes: { [Field in keyof PatientDetails]?: PatientDetails[Field] | undefined },
): Promise<void> {
  const set = (column: Sql, value: string | null | undefined, type: Sql) =>
    value === undefined ? column : sql`${value}::${type}`;
  await sight.query(sql`
    update patient p
    set name_family = ${set(sql`p.name_family`, changes.nameFamily, sql`text`)},
      name_given = ${set(sql`p.name_given`, changes.nameGiven, sql`text`)},
      birth_date = ${set(sql`p.birth_date`, changes.birthDate, sql`date`)},
      telecom_phone = ${set(sql`p.telecom_phone`, changes.telecomPhone, sql`text`)},
      last_updated = now()
    where p.id = ${patientId}
      and p.id in (select m.patient_id from ${sight.manageablePatients} m)`);
}

/** Gives an external identifier to a manageable patient; false when some patient has it already. */
export async function addIdentifier(
  sight: WritableSight,
  patientId: number,
  { system, value }: Identifier,
): Promise<boolean> {
  const made = await sight.query(sql`
    insert into patient_identifier (patient_id, system, value)
    select distinct m.patient_id, ${system}, ${value} from ${sight.manageablePatients} m
    where m.patient_id = ${patientId}
    on conflict do nothing
    returning true as made`);
  return made.length > 0;
}

export async function removeIdentifiers(sight: WritableSight, patientId: number): Promise<void> {
  await sight.query(sql`
    delete from patient_identifier i
    where i.patient_id = ${patientId}
      and i.patient_id in (select m.patient_id from ${sight.manageablePatients} m)`);
}

/** Ends a patient's membership of an organization; studies and consents there are ended first. */
export async function removeFromOrganization(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<void> {
  await sight.query(sql`
    delete from patient_organization po using ${sight.managedOrganizations} g
    where g.organization_id = ${organizationId}
      and po.organization_id = g.organization_id
      and po.patient_id = ${patientId}
    returning po.patient_id`);
}

/** Holds a patient until the transaction ends, so that two organizations cannot both be the one left behind. */
export async function hold(sight: WritableSight, patientId: number): Promise<void> {
  await sight.query(sql`
    select p.patient_id from ${sight.patients} p where p.id = ${patientId} for update`);
}

/** Whether a manageable patient belongs to any organization but this one, seen or not. */
export async function belongsElsewhere(
  sight: Sight,
  patientId: number,
  organizationId: number,
): Promise<boolean> {
  const [row] = await sight.query<{ elsewhere: boolean }>(
    sql`select patient_belongs_elsewhere(${patientId}, ${organizationId}) as elsewhere`,
  );
  return row?.elsewhere ?? false;
}

/** Whether the login of a manageable patient has powers of its own: a superuser's or a practitioner's. */
export async function loginHasPowers(sight: Sight, patientId: number): Promise<boolean> {
  const [row] = await sight.query<{ powers: boolean | null }>(
    sql`select patient_login_has_powers(${patientId}) as powers`,
  );
  return row?.powers ?? false;
}
