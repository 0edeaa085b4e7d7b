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
  /** The address of the person's login once they keep the record; before that the one an organization typed. */
  telecomEmail: string | null;
  /** The organization that keeps the record; null when the person does. */
  keeperOrganizationId: number | null;
  identifiers: readonly (Identifier & Readonly<{ id: number }>)[];
  /** The patient's organizations that this principal sees. */
  organizations: readonly Readonly<{
    id: number;
    name: string;
    type: OrganizationType;
    partOf: number | null;
  }>[];
}>;

const address = sql`case when p.keeper_organization_id is null then coalesce(u.email, p.contact_email)
  else p.contact_email end`;

/** Lists of a patient are put together as JSON by the database: one row for each patient, one statement for a page. */
const columns = (
  sight: Sight,
) => sql`p.id, p.patient_id, p.user_id, p.name_family, p.name_given, p.birth_date,
  p.telecom_phone, ${address} as telecom_email, p.keeper_organization_id,
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
  /** Every word is part of the name, begins an identifier or the address, or is the birth date or the record's number. */
  words?: readonly string[] | undefined;
};

/** Visible patients by id. */
export function list(sight: Sight, filter: PatientFilter, window: Window): Promise<Page<PatientRow>> {
  const { organizationId, studyId, patientId, identifierValue, words = [] } = filter;
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
  for (const word of words) {
    conditions.push(
      sql`(${named(sight, word)} or starts_with(lower(${address}), ${word}) or p.id::text = ${word})`,
    );
  }
  return page<PatientRow>(sight, {
    columns: columns(sight),
    from: patients(sight, ...conditions),
    order: sql`p.id`,
    window,
  });
}

/** A word, in lower case, that is part of the name, begins an identifier, or is the birth date. */
const named = (sight: Sight, word: string) => sql`(
  position(${word} in lower(concat_ws(' ', p.name_given, p.name_family))) > 0
  or p.birth_date::text = ${word}
  or exists (
    select from ${sight.patientIdentifiers} i where i.patient_id = p.id and starts_with(lower(i.value), ${word})))`;

/** The words of a text that somebody typed, in lower case. */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');

export async function get(sight: Sight, id: number): Promise<PatientRow | undefined> {
  const [row] = await sight.query<PatientRow>(
    sql`select ${columns(sight)} ${patients(sight, sql`p.id = ${id}`)}`,
  );
  return row;
}

/** The visible patients with this address, which several records may have. */
export function withEmail(sight: Sight, email: string): Promise<PatientRow[]> {
  return sight.query<PatientRow>(
    sql`select ${columns(sight)} ${patients(sight, sql`lower(${address}) = lower(${email})`)} order by p.id`,
  );
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
  const conditions = wordsOf(text).map((word) => named(sight, word));
  return sight.query<FoundPatient>(sql`
    select p.id, p.patient_id, p.name_family, p.name_given, p.birth_date::text as birth_date, coalesce((
      select jsonb_agg(i.value order by i.id) from ${sight.patientIdentifiers} i where i.patient_id = p.id
    ), '[]') as identifiers
    from ${sight.patients} p
    where ${join([sql`true`, ...conditions], ' and ')}
    order by lower(p.name_family), lower(p.name_given), p.id
    limit ${limit}`);
}

/** The patient to whom an organization gave an identifier. Index: patient_identifier_of_organization. */
export async function findByIdentifier(
  sight: Sight,
  organizationId: number,
  { system, value }: Identifier,
): Promise<{ patientId: number } | undefined> {
  const [row] = await sight.query<{ patientId: number }>(sql`
    select i.patient_id from ${sight.patientIdentifiers} i
    where i.organization_id = ${organizationId} and i.system = ${system} and i.value = ${value}`);
  return row;
}

export type PatientDetails = Readonly<{
  nameFamily: string | null;
  nameGiven: string | null;
  birthDate: string | null;
  telecomPhone: string | null;
}>;

/** Makes a record in the keeping of an organization that this principal manages; undefined for any other. */
export async function insert(
  sight: WritableSight,
  organizationId: number,
  patient: PatientDetails & Readonly<{ userId: number | null; contactEmail: string | null }>,
): Promise<{ patientId: number } | undefined> {
  const [row] = await sight.query<{ patientId: number }>(sql`
    select nextval('patient_id_seq') as patient_id from ${sight.managedOrganizations} g
    where g.organization_id = ${organizationId}`);
  if (!row) return undefined;
  await sight.query(sql`
    insert into patient (id, user_id, name_family, name_given, birth_date, telecom_phone, contact_email,
      keeper_organization_id)
    values (${row.patientId}, ${patient.userId}, ${patient.nameFamily}, ${patient.nameGiven}, ${patient.birthDate},
      ${patient.telecomPhone}, ${patient.contactEmail}, ${organizationId})`);
  return row;
}

/** Makes a record in keeping its keeper's patient. */
export async function keepInOrganization(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<void> {
  await sight.query(sql`
    insert into patient_organization (patient_id, organization_id)
    select k.patient_id, k.organization_id from ${sight.keptPatients} k
    where k.patient_id = ${patientId} and k.organization_id = ${organizationId}
    returning patient_id`);
}

/** The organizations of a patient that this principal sees. */
export async function organizationsOf(sight: Sight, patientId: number): Promise<number[]> {
  const rows = await sight.query<{ organizationId: number; patientId: number }>(sql`
    select po.patient_id, po.organization_id from ${sight.patientOrganizations} po
    where po.patient_id = ${patientId}`);
  return rows.map((row) => row.organizationId);
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

/** Gives an organization's identifier to a manageable patient; false when another of its patients has it already. */
export async function addIdentifier(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
  { system, value }: Identifier,
): Promise<boolean> {
  const made = await sight.query(sql`
    insert into patient_identifier (patient_id, organization_id, system, value)
    select m.patient_id, m.organization_id, ${system}, ${value} from ${sight.manageablePatients} m
    where m.patient_id = ${patientId} and m.organization_id = ${organizationId}
    on conflict do nothing
    returning true as made`);
  return made.length > 0;
}

/** Takes away the identifiers that an organization gave to a patient. */
export async function removeIdentifiers(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<void> {
  await sight.query(sql`
    delete from patient_identifier i using ${sight.manageablePatients} m
    where i.patient_id = ${patientId} and i.organization_id = ${organizationId}
      and m.patient_id = i.patient_id and m.organization_id = i.organization_id`);
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

/** The organization that keeps the record, when this principal may give out a link to it there. */
export async function invitableAt(sight: Sight, patientId: number): Promise<number | undefined> {
  const [row] = await sight.query<{ organizationId: number }>(sql`
    select i.organization_id from ${sight.invitablePatients} i where i.patient_id = ${patientId}`);
  return row?.organizationId;
}

/** Ends the acting person's own membership of an organization; false when there was none. */
export async function leave(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<boolean> {
  const rows = await sight.query(sql`
    delete from patient_organization po
    where po.patient_id = ${patientId} and po.organization_id = ${organizationId}
    returning po.patient_id`);
  return rows.length > 0;
}
