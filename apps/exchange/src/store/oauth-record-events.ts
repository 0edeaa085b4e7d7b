/** What happens to a person's record in deeds of the authorization server (system role). */
import type { Sight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';
import type { RecordEventKind } from './record-events.ts';

type Queryable = Pick<Sight, 'query'>;

export type NewRecordEvent = Readonly<{
  patientId: number;
  kind: 'link-opened' | 'proved' | 'joined' | 'address-changed';
  at: Date;
  organizationId: number | null;
  studyId?: number | null;
  actorUserId: number;
  clientId?: string | null;
  detail?: Readonly<Record<string, unknown>>;
}>;

export async function addRecordEvent(sight: Queryable, event: NewRecordEvent): Promise<void> {
  await sight.query(sql`
    insert into record_event (patient_id, kind, at, organization_id, study_id, actor_user_id, client_id, detail,
      organization_name, study_name)
    values (${event.patientId}, ${event.kind}, ${event.at}, ${event.organizationId}, ${event.studyId ?? null},
      ${event.actorUserId}, ${event.clientId ?? null}, ${JSON.stringify(event.detail ?? {})}::jsonb,
      (select o.name from organization o where o.id = ${event.organizationId}),
      (select s.name from study s where s.id = ${event.studyId ?? null}))`);
}

export type Untold = Readonly<{
  patientId: number;
  id: number;
  kind: RecordEventKind;
  recipient: string;
  organizationName: string | null;
  studyName: string | null;
}>;

/**
 * What happened and was not told yet, of people whose address is proved, held until it is told; some at a time. A proposal
 * names no study: who has what is not for a mailbox before it is accepted. (Index record_event_untold.)
 */
export function takeUntold(sight: Queryable): Promise<Untold[]> {
  return sight.query<Untold>(sql`
    select v.patient_id, v.id, v.kind, u.email as recipient, coalesce(o.name, v.organization_name) as organization_name,
      case when v.kind <> 'proposed' then coalesce(s.name, v.study_name) end as study_name
    from record_event v
    join patient p on p.id = v.patient_id and p.keeper_organization_id is null
    join app_user u on u.id = p.user_id and u.email_verified and u.active and u.email is not null
    left join study s on s.id = v.study_id
    left join organization o on o.id = coalesce(v.organization_id, s.organization_id)
    where v.told_at is null and v.actor_user_id is distinct from u.id
    order by v.at
    limit 100
    for update of v skip locked`);
}

export async function markTold(sight: Queryable, told: readonly Untold[], at: Date): Promise<void> {
  await sight.query(sql`
    update record_event v set told_at = ${at}
    from unnest(${told.map((t) => t.patientId)}::bigint[], ${told.map((t) => t.id)}::bigint[]) as w (patient_id, id)
    where v.patient_id = w.patient_id and v.id = w.id`);
}
