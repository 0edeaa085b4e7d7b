/**
 * Making a record one's own (system role): what a link or its session shows of the record, and what changes at proof. A
 * record passes from an organization to its person once, and never back.
 */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

/** What a claim is about; before it is opened its page shows the organization's name, and nothing else. */
export type ClaimedRecord = {
  patientId: number;
  organizationId: number;
  organizationName: string;
  /** The app that the link is for. */
  clientId: string;
  clientName: string;
  /** The login that the record has so far. */
  userId: number | null;
  contactEmail: string | null;
  /** YYYY-MM-DD */
  birthDate: string | null;
  invitationId: number | null;
};

/** The record of a link's session whose grant stands, while the organization that gave the link keeps it. */
export async function findRecordOfSession(
  sight: Queryable,
  grantId: string,
): Promise<ClaimedRecord | undefined> {
  const [row] = await sight.query<ClaimedRecord>(sql`
    select l.patient_id, l.organization_id, o.name as organization_name, l.client_id,
      coalesce(c.name, l.client_id) as client_name, p.user_id, p.contact_email, p.birth_date, l.invitation_id
    from link_session l
    join oauth_model g on g.model = 'Grant' and g.id = l.grant_id
    join patient p on p.id = l.patient_id and p.keeper_organization_id = l.organization_id and p.user_id = l.user_id
    join organization o on o.id = l.organization_id
    left join client c on c.client_id = l.client_id
    where l.grant_id = ${grantId} and l.allowed_at is null`);
  return row;
}

/** Whether this login may keep a record: not one that administers, that an institution signs in, or that works there. */
export async function mayKeepRecords(
  sight: Queryable,
  userId: number,
  organizationId: number,
): Promise<boolean> {
  const rows = await sight.query(sql`
    select u.id from app_user u
    where u.id = ${userId} and u.active and u.email_verified and not u.superuser
      and not exists (select from external_identity e where e.user_id = u.id and e.kind <> 'ehr')
      and not exists (
        select from practitioner pr join membership m on m.practitioner_id = pr.id
        where pr.user_id = u.id and m.organization_id = ${organizationId})`);
  return rows.length === 1;
}

/** The person's own record that others are taken into: the first that was not taken into another. */
export async function findOwnRecord(sight: Queryable, userId: number): Promise<number | undefined> {
  const [row] = await sight.query<{ id: number }>(sql`
    select id from patient
    where user_id = ${userId} and keeper_organization_id is null and absorbed_into is null
    order by id limit 1`);
  return row?.id;
}

/** All records that the person keeps and that were not taken into another. */
export async function listOwnRecords(sight: Queryable, userId: number): Promise<number[]> {
  const rows = await sight.query<{ id: number }>(sql`
    select id from patient
    where user_id = ${userId} and keeper_organization_id is null and absorbed_into is null
    order by id`);
  return rows.map(({ id }) => id);
}

/** Whether there is any reading in a record. */
export async function hasReadings(sight: Queryable, patientId: number): Promise<boolean> {
  const [row] = await sight.query<{ found: boolean }>(
    sql`select exists (select from observation where patient_id = ${patientId}) as found`,
  );
  return row?.found ?? false;
}

export type ClaimedStudy = {
  studyId: number;
  name: string;
  description: string;
  purpose: string;
  apps: string[];
};

/** The studies that a record takes part in, with their apps. */
export function listStudiesOf(sight: Queryable, patientId: number): Promise<ClaimedStudy[]> {
  return sight.query<ClaimedStudy>(sql`
    select s.id as study_id, s.name, s.description, s.purpose,
      array(
        select c.name from study_client sc join client c on c.id = sc.client_id
        where sc.study_id = s.id order by c.name) as apps
    from enrollment e join study s on s.id = e.study_id
    where e.patient_id = ${patientId}
    order by s.name, s.id`);
}

export type LinkedApp = {
  grantId: string;
  userId: number;
  clientName: string;
  startedAt: Date;
  /** The answers that stand and were given in it. */
  answers: { text: string; permitted: boolean }[];
};

/** The sessions of links to a record that stand, the newest first. */
export function listLinkedApps(sight: Queryable, patientId: number): Promise<LinkedApp[]> {
  return sight.query<LinkedApp>(sql`
    select l.grant_id, l.user_id, coalesce(c.name, l.client_id) as client_name, l.started_at,
      coalesce((
        select jsonb_agg(jsonb_build_object('text', k.text, 'permitted', a.permitted) order by k.text)
        from consent a join code k on k.id = a.code_id
        where a.patient_id = l.patient_id and a.link_session = l.grant_id), '[]') as answers
    from link_session l
    join oauth_model g on g.model = 'Grant' and g.id = l.grant_id
    left join client c on c.client_id = l.client_id
    where l.patient_id = ${patientId} and l.allowed_at is null
    order by l.started_at desc, l.grant_id`);
}

/** The person says that these sessions of their own login are theirs. */
export async function allowSessions(
  sight: Queryable,
  {
    patientId,
    userId,
    grantIds,
    at,
  }: { patientId: number; userId: number; grantIds: readonly string[]; at: Date },
): Promise<void> {
  await sight.query(sql`
    update link_session set allowed_at = ${at}
    where patient_id = ${patientId} and user_id = ${userId} and grant_id = any(${grantIds}::text[])`);
}

/** The record becomes the person's. What was recorded before stays what it was: recorded in an organization's keeping. */
export async function keepByPerson(
  sight: Queryable,
  { patientId, userId, at }: { patientId: number; userId: number; at: Date },
): Promise<void> {
  await sight.query(sql`
    update patient set keeper_organization_id = null, user_id = ${userId}, last_updated = ${at}
    where id = ${patientId}`);
}

/** A login that has neither an address nor a record any more is over. */
export async function closeEmptyLogin(sight: Queryable, userId: number): Promise<void> {
  await sight.query(sql`
    update app_user u set active = false
    where u.id = ${userId} and u.email is null and not exists (select from patient p where p.user_id = u.id)`);
}

/**
 * Takes an empty record into another one of the same person: the organization knows the person by its number as before,
 * its identifiers go along, the studies that the person accepted as well, and what others answered ends.
 */
export async function absorb(
  sight: Queryable,
  {
    patientId,
    into,
    organizationId,
    userId,
    studyIds,
    clientId,
  }: {
    patientId: number;
    into: number;
    organizationId: number;
    userId: number;
    studyIds: readonly number[];
    clientId: string;
  },
): Promise<void> {
  await sight.query(sql`
    insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role, client_id, study_version,
      study_name)
    select c.patient_id, c.study_id, c.code_id, 'end', ${userId}, 'patient', ${clientId}, c.study_version, s.name
    from consent c join study s on s.id = c.study_id where c.patient_id = ${patientId}
    order by c.study_id, c.code_id`);
  await sight.query(sql`delete from consent where patient_id = ${patientId}`);
  await sight.query(sql`
    insert into patient_organization (patient_id, organization_id) values (${into}, ${organizationId})
    on conflict (patient_id, organization_id) do nothing`);
  await sight.query(sql`
    with left_behind as (
      delete from enrollment where patient_id = ${patientId} returning study_id, organization_id, enrolled_by)
    insert into enrollment (patient_id, study_id, organization_id, enrolled_by)
    select ${into}, l.study_id, l.organization_id, l.enrolled_by from left_behind l
    where l.study_id = any(${studyIds}::bigint[])
    order by l.study_id
    on conflict (patient_id, study_id) do nothing`);
  await sight.query(sql`delete from patient_organization where patient_id = ${patientId}`);
  await sight.query(sql`update patient_identifier set patient_id = ${into} where patient_id = ${patientId}`);
  await sight.query(sql`update patient_number set patient_id = ${into} where patient_id = ${patientId}`);
  await sight.query(sql`
    insert into patient_number (number, organization_id, patient_id) values (${patientId}, ${organizationId}, ${into})
    on conflict (number, organization_id) do update set patient_id = excluded.patient_id`);
  await sight.query(sql`update patient set absorbed_into = ${into} where id = ${patientId}`);
}

/**
 * The series of a record that do not go along at proof. A link is given to somebody, and may be in the hands of somebody
 * else, or of whoever gave it: so it is no way to what the organization's members may not read now. Where another link led
 * to somebody before, nor to what this one's app does not read: whoever held that one may have sent it, and closed it. What
 * nobody but the holder of this link has sent is theirs, whatever they answered.
 */
export async function listHiddenSeries(
  sight: Queryable,
  {
    patientId,
    organizationId,
    clientId,
    invitationId,
    userId,
  }: Pick<ClaimedRecord, 'patientId' | 'organizationId' | 'clientId' | 'invitationId' | 'userId'>,
): Promise<number[]> {
  const rows = await sight.query<{ codeId: number }>(sql`
    with before as materialized (
      select exists (
        select from link_session l
        where l.patient_id = ${patientId} and l.invitation_id is distinct from ${invitationId}) as was_link
    )
    select s.code_id
    from series s, before b
    where s.patient_id = ${patientId} and s.observations > 0
      and not exists (
        select from consent c
        join study st on st.id = c.study_id
        where c.patient_id = s.patient_id and c.code_id = s.code_id and c.opens
          and (c.ends_at is null or c.ends_at > now())
          and st.organization_id = ${organizationId}
          and (not b.was_link or exists (
            select from study_client sc join client k on k.id = sc.client_id
            where sc.study_id = st.id and k.client_id = ${clientId})))
      and (b.was_link or exists (
        select from observation o
        where o.patient_id = s.patient_id and o.code_id = s.code_id
          and o.recorded_by is distinct from ${userId}::bigint))
    order by s.code_id`);
  return rows.map(({ codeId }) => codeId);
}

/** Whether nobody reads through the organization now, because it lost its managers and somebody was appointed. */
export async function isClosed(sight: Queryable, organizationId: number): Promise<boolean> {
  const rows = await sight.query(
    sql`select id from organization where id = ${organizationId} and closed_until > now()`,
  );
  return rows.length === 1;
}

/**
 * Leaves series of a record in the organization's keeping, in a record of their own that nobody answers for: the noes to
 * what the organization asks go along, and no answer does. Returns its number.
 */
export async function leaveSeriesBehind(
  sight: Queryable,
  {
    patientId,
    codeIds,
    organizationId,
  }: { patientId: number; codeIds: readonly number[]; organizationId: number },
): Promise<number> {
  const [made] = await sight.query<{ id: number }>(sql`
    insert into patient (name_family, name_given, birth_date, telecom_phone, contact_email, keeper_organization_id)
    select name_family, name_given, birth_date, telecom_phone, contact_email, ${organizationId} from patient
    where id = ${patientId}
    returning id`);
  if (!made) throw new Error('a record that is held is gone');
  await sight.query(sql`
    insert into patient_organization (patient_id, organization_id) values (${made.id}, ${organizationId})`);
  await sight.query(sql`
    insert into declined_measure (patient_id, organization_id, measure, session, at)
    select ${made.id}, organization_id, measure, session, at from declined_measure where patient_id = ${patientId}
    on conflict do nothing`);
  await sight.query(sql`
    with identifiers as (
      delete from observation_identifier where patient_id = ${patientId} and code_id = any(${codeIds}::bigint[])
      returning observation_id, code_id, system, value
    ), moved as (
      update observation set patient_id = ${made.id}
      where patient_id = ${patientId} and code_id = any(${codeIds}::bigint[])
    )
    insert into observation_identifier (patient_id, observation_id, code_id, system, value)
    select ${made.id}, i.observation_id, i.code_id, i.system, i.value from identifiers i`);
  await sight.query(sql`
    update series set patient_id = ${made.id}
    where patient_id = ${patientId} and code_id = any(${codeIds}::bigint[])`);
  return made.id;
}
