/** What an import of a file needs to know of the study it goes into. */
import type { Measure } from '@jhe/omh';
import type { Sight } from '../access/sight.ts';
import type { SystemSight } from '../access/system.ts';
import { sql } from '../database/sql.ts';

export type ImportTarget = Readonly<{
  organizationId: number;
  operatorUserId: number | null;
  operatorEmail: string | null;
}>;

/**
 * The study's organization and the person an operator acts as there: the manager of that address, or
 * the organization's first manager: only a manager attests. For the command line, which has no signed-in person yet (system role).
 */
export async function findTarget(
  sight: SystemSight,
  { studyId, operatorEmail }: { studyId: number; operatorEmail: string | null },
): Promise<ImportTarget | null> {
  const [row] = await sight.query<ImportTarget>(sql`
    select s.organization_id, u.id as operator_user_id, u.email as operator_email
    from study s
    left join (
      membership m
      join practitioner p on p.id = m.practitioner_id
      join app_user u on u.id = p.user_id and u.active
    ) on m.organization_id = s.organization_id and m.role = 'manager'
      and (${operatorEmail}::text is null or lower(u.email) = lower(${operatorEmail}))
    where s.id = ${studyId}
    order by u.id
    limit 1`);
  return row ?? null;
}

export type RequestedMeasure = Readonly<{ codeId: number; dataSources: { id: number; name: string }[] }>;

/** The code of the measure if the study requests it, with the study's data sources that support it. */
export async function requestedMeasure(
  sight: Sight,
  { studyId, measure }: { studyId: number; measure: Measure },
): Promise<RequestedMeasure | null> {
  const rows = await sight.query<{ codeId: number; id: number | null; name: string | null }>(sql`
    select k.id as code_id, d.id, d.name
    from ${sight.requestedCodes} r
    join ${sight.codes} k on k.id = r.code_id
    left join (
      ${sight.studyDataSources} sd
      join ${sight.dataSourceCodes} dc on dc.data_source_id = sd.data_source_id
      join ${sight.dataSources} d on d.id = sd.data_source_id
    ) on sd.study_id = r.study_id and dc.code_id = r.code_id
    where r.study_id = ${studyId} and k.system = ${measure.system} and k.code = ${measure.code}
    order by d.id`);
  const [first] = rows;
  if (!first) return null;
  return {
    codeId: first.codeId,
    dataSources: rows.flatMap(({ id, name }) => (id === null ? [] : [{ id, name: name ?? '' }])),
  };
}

/**
 * Whether the patient is enrolled in the study, and was ever answered for the code: an answer that was taken back, or
 * that ended with an enrolment, was the patient's too, and is not for an import to give again.
 */
export async function openQuestion(
  sight: Sight,
  { patientId, studyId, codeId }: { patientId: number; studyId: number; codeId: number },
): Promise<{ enrolled: boolean; answered: boolean }> {
  const [row] = await sight.query<{ enrolled: boolean; answered: boolean }>(sql`
    select
      exists (select from ${sight.enrollments} e where e.patient_id = ${patientId} and e.study_id = ${studyId}) as enrolled,
      exists (select from ${sight.consents} c where c.patient_id = ${patientId} and c.study_id = ${studyId}
        and c.code_id = ${codeId})
      or exists (select from ${sight.consentEvents} v where v.patient_id = ${patientId} and v.study_id = ${studyId}
        and v.code_id = ${codeId}) as answered`);
  return row!;
}
