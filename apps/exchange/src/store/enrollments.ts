import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

export type EnrollmentRow = Readonly<{ id: number; studyId: number; patientId: number; enrolledAt: Date }>;

/** Who is enrolled in a study, as far as this principal sees it. */
export function ofStudy(
  sight: Sight,
  studyId: number,
  patientIds?: readonly number[],
): Promise<EnrollmentRow[]> {
  const some = patientIds === undefined ? sql`true` : sql`e.patient_id = any(${patientIds}::bigint[])`;
  return sight.query<EnrollmentRow>(sql`
    select e.id, e.study_id, e.patient_id, e.enrolled_at from ${sight.enrollments} e
    where e.study_id = ${studyId} and ${some}
    order by e.id`);
}

/** The studies of one organization in which a patient is enrolled. */
export function ofPatient(sight: Sight, patientId: number, organizationId: number): Promise<EnrollmentRow[]> {
  return sight.query<EnrollmentRow>(sql`
    select e.id, e.study_id, e.patient_id, e.enrolled_at
    from ${sight.enrollments} e join ${sight.studies} s on s.id = e.study_id
    where e.patient_id = ${patientId} and s.organization_id = ${organizationId}
    order by e.study_id`);
}

/** Which of these patients may be enrolled: members of the study's organization, where this principal manages. */
export async function enrollable(
  sight: Sight,
  studyId: number,
  patientIds: readonly number[],
): Promise<Set<number>> {
  const rows = await sight.query<{ patientId: number }>(sql`
    select p.patient_id
    from ${sight.manageableStudies} s join ${sight.manageablePatients} p on p.organization_id = s.organization_id
    where s.study_id = ${studyId} and p.patient_id = any(${patientIds}::bigint[])`);
  return new Set(rows.map((row) => row.patientId));
}

/** Enrols; who is enrolled already stays as they are. */
export async function insert(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<void> {
  await sight.query(sql`
    insert into enrollment (patient_id, study_id, enrolled_by)
    select p.patient_id, s.study_id, ${sight.principal.userId}::bigint
    from ${sight.manageableStudies} s join ${sight.manageablePatients} p on p.organization_id = s.organization_id
    where s.study_id = ${studyId} and p.patient_id = any(${patientIds}::bigint[])
    order by p.patient_id
    on conflict (patient_id, study_id) do nothing`);
}

/** Ends enrolments in one study. Their consents are ended first, by operations/unenroll-patients.ts. */
export async function remove(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<void> {
  await sight.query(sql`
    delete from enrollment e using ${sight.manageableStudies} m
    where m.study_id = ${studyId} and e.study_id = m.study_id and e.patient_id = any(${patientIds}::bigint[])
    returning e.patient_id`);
}

/** Enrolled patients who do not belong to an organization: they would be left behind if the study moved there. */
export async function strangersTo(sight: Sight, studyId: number, organizationId: number): Promise<number> {
  const [row] = await sight.query<{ total: number }>(sql`
    select count(*) as total from ${sight.enrollments} e
    where e.study_id = ${studyId} and not exists (
      select 1 from ${sight.patientOrganizations} po
      where po.patient_id = e.patient_id and po.organization_id = ${organizationId})`);
  return row?.total ?? 0;
}
