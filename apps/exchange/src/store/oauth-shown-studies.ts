/** Of a person's studies, which an app that they do not use may know of: the person's choice when allowing it (system role). */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

type Queryable = Pick<Sight, 'query'>;

export type OtherStudy = Readonly<{
  patientId: number;
  studyId: number;
  studyName: string;
  organizationName: string;
  /** Chosen before, under the same grant. */
  shown: boolean;
}>;

/** The studies that the person takes part in, with a record that the person keeps, and that do not use this app. */
export function listOtherStudies(
  sight: Queryable,
  { userId, clientId, grantId }: Readonly<{ userId: number; clientId: string; grantId: string | null }>,
): Promise<OtherStudy[]> {
  return sight.query<OtherStudy>(sql`
    select e.patient_id, e.study_id, s.name as study_name, o.name as organization_name,
      exists (
        select from shown_study h
        where h.grant_id = ${grantId} and h.patient_id = e.patient_id and h.study_id = e.study_id) as shown
    from app_user u
    join patient p on p.user_id = u.id and p.keeper_organization_id is null
    join enrollment e on e.patient_id = p.id
    join study s on s.id = e.study_id
    join organization o on o.id = s.organization_id
    where u.id = ${userId} and u.email_verified
      and not exists (
        select from study_client sc join client c on c.id = sc.client_id
        where sc.study_id = s.id and c.client_id = ${clientId})
    order by o.name, s.name, e.study_id, e.patient_id`);
}

/** The chosen ones take the place of those chosen before; any that is not among the person's other studies is left out. */
export async function setShownStudies(
  sight: Queryable,
  { grantId, chosen }: Readonly<{ grantId: string; chosen: readonly OtherStudy[] }>,
): Promise<void> {
  await sight.query(sql`delete from shown_study where grant_id = ${grantId}`);
  await sight.query(sql`
    insert into shown_study (grant_id, patient_id, study_id)
    select ${grantId}, e.patient_id, e.study_id
    from unnest(${chosen.map(({ patientId }) => patientId)}::bigint[], ${chosen.map(({ studyId }) => studyId)}::bigint[])
      as w (patient_id, study_id)
    join enrollment e on e.patient_id = w.patient_id and e.study_id = w.study_id
    for key share of e`);
}
