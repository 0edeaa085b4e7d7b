/** Studies that ask a person for their record: theirs to see and to decide, nobody else's. */
import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

export type ProposalState = 'open' | 'accepted' | 'declined' | 'lifted';

export type ProposalRow = Readonly<{
  id: number;
  patientId: number;
  organizationId: number;
  /** As it is, or as it was then; null where nobody kept it. */
  organizationName: string | null;
  /** Null: the organization alone asks to know the person. */
  studyId: number | null;
  /** What waits as it is called now; what was decided as it was called then, for it may be out of sight. */
  studyName: string | null;
  studyDescription: string | null;
  purpose: string | null;
  endsAt: Date | null;
  state: ProposalState;
  proposedAt: Date;
}>;

const columns = sql`r.id, r.patient_id, r.organization_id, coalesce(o.name, r.organization_name) as organization_name,
  r.study_id,
  case r.state when 'open' then coalesce(s.name, r.study_name) else coalesce(r.study_name, s.name) end as study_name,
  s.description as study_description, s.purpose, s.ends_at, r.state, r.proposed_at`;

/** What was proposed to the acting person, by state, newest first. */
export function own(sight: Sight, state: ProposalState): Promise<ProposalRow[]> {
  return sight.query<ProposalRow>(sql`
    select ${columns}
    from ${sight.proposals} r
    left join ${sight.organizations} o on o.id = r.organization_id
    left join ${sight.studies} s on s.id = r.study_id
    where r.state = ${state}
    order by r.id desc`);
}

/** A proposal to the acting person, whatever its state. */
export async function get(
  sight: Sight,
  id: number,
): Promise<
  | Readonly<{
      id: number;
      patientId: number;
      organizationId: number;
      studyId: number | null;
      state: ProposalState;
    }>
  | undefined
> {
  const [row] = await sight.query<{
    id: number;
    patientId: number;
    organizationId: number;
    studyId: number | null;
    state: ProposalState;
  }>(sql`
    select r.id, r.patient_id, r.organization_id, r.study_id, r.state from ${sight.proposals} r where r.id = ${id}`);
  return row;
}

/** Keeps the person's decision, and under which name of the study it was made. */
export async function decide(
  sight: WritableSight,
  id: number,
  state: Exclude<ProposalState, 'open'>,
): Promise<void> {
  await sight.query(sql`
    update proposal r set state = ${state}, decided_at = now(),
      study_name = coalesce((select s.name from ${sight.studies} s where s.id = r.study_id), r.study_name)
    where r.id = ${id}`);
}

/** Makes the person a patient of the organization that asked, and takes part in the study that asked. */
export async function join(
  sight: WritableSight,
  {
    patientId,
    organizationId,
    studyId,
  }: { patientId: number; organizationId: number; studyId: number | null },
): Promise<void> {
  await sight.query(sql`
    insert into patient_organization (patient_id, organization_id) values (${patientId}, ${organizationId})
    on conflict (patient_id, organization_id) do nothing`);
  if (studyId === null) return;
  await sight.query(sql`
    insert into enrollment (patient_id, study_id, organization_id, enrolled_by)
    values (${patientId}, ${studyId}, ${organizationId}, ${sight.principal.userId})
    on conflict (patient_id, study_id) do nothing`);
}
