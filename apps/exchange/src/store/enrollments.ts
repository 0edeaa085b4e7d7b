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

/**
 * Which of these patients this principal may enrol in the study (the organization keeps their record), and to which it
 * may propose it (they keep it themselves and have accepted the organization).
 */
export async function reachable(
  sight: Sight,
  studyId: number,
  patientIds: readonly number[],
): Promise<{ kept: Set<number>; proposable: Set<number> }> {
  const rows = await sight.query<{ patientId: number; kept: boolean }>(sql`
    select k.patient_id, true as kept
    from ${sight.manageableStudies} s join ${sight.keptPatients} k on k.organization_id = s.organization_id
    where s.study_id = ${studyId} and k.patient_id = any(${patientIds}::bigint[])
    union all
    select p.patient_id, false
    from ${sight.proposableStudies} p
    where p.study_id = ${studyId} and p.patient_id = any(${patientIds}::bigint[])`);
  const of = (kept: boolean) => new Set(rows.filter((row) => row.kept === kept).map((row) => row.patientId));
  return { kept: of(true), proposable: of(false) };
}

/** Enrols patients in the organization's keeping; who is enrolled already stays as they are. Returns the new ones. */
export async function insert(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<number[]> {
  const rows = await sight.query<{ patientId: number }>(sql`
    insert into enrollment (patient_id, study_id, organization_id, enrolled_by)
    select k.patient_id, s.study_id, s.organization_id, ${sight.principal.userId}::bigint
    from ${sight.manageableStudies} s join ${sight.keptPatients} k on k.organization_id = s.organization_id
    where s.study_id = ${studyId} and k.patient_id = any(${patientIds}::bigint[])
    order by k.patient_id
    on conflict (patient_id, study_id) do nothing
    returning patient_id`);
  return rows.map((row) => row.patientId);
}

/**
 * Proposes a study to persons. Where a proposal stands, open or declined, nothing is added, and whoever proposes sees no
 * difference: the deed has no way to read proposals. Returns those to whom it was new, for the person's own history only.
 */
export async function propose(
  sight: WritableSight,
  {
    studyId,
    organizationId,
    patientIds,
  }: { studyId: number; organizationId: number; patientIds: readonly number[] },
): Promise<number[]> {
  const added: number[] = [];
  for (const patientId of patientIds) {
    const rows = await sight.query<{ added: boolean }>(
      sql`select propose_study(${patientId}, ${organizationId}, ${studyId}) as added`,
    );
    if (rows[0]?.added) added.push(patientId);
  }
  return added;
}

/** Ends enrolments in one study. Their consents are ended first, by operations/unenroll-patients.ts. */
export async function remove(
  sight: WritableSight,
  studyId: number,
  patientIds: readonly number[],
): Promise<number[]> {
  const rows = await sight.query<{ patientId: number }>(sql`
    delete from enrollment e using ${sight.manageableStudies} m
    where m.study_id = ${studyId} and e.study_id = m.study_id and e.patient_id = any(${patientIds}::bigint[])
    returning e.patient_id`);
  return rows.map((row) => row.patientId);
}

/** Ends the acting person's own enrolment; the organization of the study, undefined when there was none. */
export async function leave(
  sight: WritableSight,
  patientId: number,
  studyId: number,
): Promise<number | undefined> {
  const [row] = await sight.query<{ organizationId: number }>(sql`
    delete from enrollment e where e.patient_id = ${patientId} and e.study_id = ${studyId}
    returning e.organization_id`);
  return row?.organizationId;
}
