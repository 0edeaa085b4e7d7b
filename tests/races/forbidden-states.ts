/**
 * States that no sequence of deeds and no two deeds at once may leave behind: each a query that must stay empty. Keys
 * make some of them impossible; they are asked here all the same, because a key can be dropped.
 */
import { expect } from 'vitest';
import type { TestDatabase } from '../setup/database.ts';

type Forbidden = Readonly<{ state: string; query: string }>;

const MEMBERSHIPS: readonly Forbidden[] = [
  {
    state: 'an enrolment without an accepted membership of the study’s organization',
    query: `select e.patient_id, e.study_id from enrollment e join study s on s.id = e.study_id
      where e.organization_id <> s.organization_id
        or not exists (select from patient_organization po
          where po.patient_id = e.patient_id and po.organization_id = s.organization_id)`,
  },
  {
    state: 'a record in keeping that belongs to another organization than its keeper',
    query: `select p.id as patient_id, p.keeper_organization_id, po.organization_id
      from patient p join patient_organization po on po.patient_id = p.id
      where p.keeper_organization_id <> po.organization_id`,
  },
  {
    state: 'a record in keeping that does not belong to its keeper',
    query: `select p.id as patient_id, p.keeper_organization_id from patient p
      where p.keeper_organization_id is not null and p.absorbed_into is null
        and not exists (select from patient_organization po
          where po.patient_id = p.id and po.organization_id = p.keeper_organization_id)`,
  },
  {
    state: 'a record in keeping that is enrolled elsewhere',
    query: `select e.patient_id, e.study_id from enrollment e
      join patient p on p.id = e.patient_id join study s on s.id = e.study_id
      where p.keeper_organization_id <> s.organization_id`,
  },
  {
    state: 'a study that still asks somebody who takes part',
    query: `select r.id, r.patient_id, r.study_id from proposal r
      where r.state = 'open'
        and exists (select from enrollment e where e.patient_id = r.patient_id and e.study_id = r.study_id)`,
  },
];

const ANSWERS: readonly Forbidden[] = [
  {
    state: 'an answer without an enrolment',
    query: `select c.patient_id, c.study_id, c.code_id from consent c
      where not exists (select from enrollment e where e.patient_id = c.patient_id and e.study_id = c.study_id)`,
  },
  {
    state: 'an answer to what is not asked',
    query: `select c.patient_id, c.study_id, c.code_id from consent c
      where not exists (select from requested_code r where r.study_id = c.study_id and r.code_id = c.code_id)`,
  },
  {
    state: 'a no that opens',
    query: 'select c.patient_id, c.study_id, c.code_id from consent c where c.opens and not c.permitted',
  },
  {
    state: 'an attested yes that opens a mixed series',
    query: `select c.patient_id, c.study_id, c.code_id from consent c
      join series s on s.patient_id = c.patient_id and s.code_id = c.code_id
      where c.opens and not c.own and s.mixed`,
  },
  {
    state: 'an attested yes that opens what another organization kept',
    query: `select c.patient_id, c.study_id, c.code_id, o.keeper_organization_id from consent c
      join study s on s.id = c.study_id
      join observation o on o.patient_id = c.patient_id and o.code_id = c.code_id
      where c.opens and not c.own and o.keeper_organization_id is distinct from s.organization_id`,
  },
  {
    state: 'an attested yes that opens after her no to the measure',
    query: `select c.patient_id, c.study_id, c.code_id, d.session from consent c
      join study s on s.id = c.study_id join code k on k.id = c.code_id
      join declined_measure d
        on d.patient_id = c.patient_id and d.organization_id = s.organization_id and d.measure = k.measure
      where c.opens and not c.own and d.session is distinct from c.link_session`,
  },
  {
    state: 'an attested yes without a ground',
    query: `select c.patient_id, c.study_id, c.code_id from consent c
      where c.opens and not c.own and c.basis is null and c.link_session is null`,
  },
  {
    state: 'her own answer in a record that she does not keep',
    query: `select c.patient_id, c.study_id, c.code_id from consent c join patient p on p.id = c.patient_id
      where c.own and p.keeper_organization_id is not null`,
  },
  {
    state: 'a yes that opens for another purpose, or until another day, than was asked',
    query: `select c.patient_id, c.study_id, c.code_id, c.study_version from consent c
      join study s on s.id = c.study_id
      join study_version v on v.study_id = c.study_id and v.version = c.study_version
      where c.opens and (v.purpose <> s.purpose or v.ends_at is distinct from s.ends_at)`,
  },
  {
    state: 'her own yes that opens nothing',
    query: `select c.patient_id, c.study_id, c.code_id from consent c
      where c.own and c.permitted and not c.opens and (c.ends_at is null or c.ends_at > now())`,
  },
  {
    state: 'an answer whose history ends otherwise',
    query: `select c.patient_id, c.study_id, c.code_id, c.permitted, last.decision from consent c
      left join lateral (
        select v.decision from consent_event v
        where v.patient_id = c.patient_id and v.study_id = c.study_id and v.code_id = c.code_id
          and v.decision <> 'close'
        order by v.id desc limit 1) last on true
      where last.decision is null
        or last.decision <> all (case when c.permitted then '{permit}'::text[] else '{withdraw,decline}'::text[] end)`,
  },
];

/** Deeds about one person follow each other, and so do the numbers of the transactions that wrote of them. */
const AFTER_PROOF: readonly Forbidden[] = [
  {
    state: 'a yes of others after the person had proved that the record is theirs',
    query: `select v.patient_id, v.study_id, v.code_id, v.actor_role from consent_event v
      join record_event p on p.patient_id = v.patient_id and p.kind = 'proved'
      where v.decision = 'permit' and not v.own and v.xmin::text::bigint > p.xmin::text::bigint`,
  },
  {
    state: 'an enrolment by others after the person had proved that the record is theirs',
    query: `select e.patient_id, e.study_id from record_event e
      join record_event p on p.patient_id = e.patient_id and p.kind = 'proved'
      where e.kind in ('enrolled', 'attested', 'link-issued', 'link-opened')
        and e.xmin::text::bigint > p.xmin::text::bigint`,
  },
  {
    state: 'a proposal to a record in keeping',
    query: `select r.id, r.patient_id from proposal r join patient p on p.id = r.patient_id
      where r.state = 'open' and p.keeper_organization_id is not null`,
  },
];

const READINGS: readonly Forbidden[] = [
  {
    state: 'a series that counts other readings than there are',
    query: `select coalesce(s.patient_id, o.patient_id) as patient_id, coalesce(s.code_id, o.code_id) as code_id,
        s.observations as counted, o.stored
      from series s
      full join (select patient_id, code_id, count(*) as stored from observation group by 1, 2) o
        on o.patient_id = s.patient_id and o.code_id = s.code_id
      where coalesce(s.observations, 0) <> coalesce(o.stored, 0)`,
  },
  {
    state: 'a series with a reading of the person’s that is not mixed',
    query: `select distinct o.patient_id, o.code_id from observation o
      join series s on s.patient_id = o.patient_id and s.code_id = o.code_id
      where o.keeper_organization_id is null and not s.mixed`,
  },
  {
    state: 'a mixed series in which all is of one organization',
    query: `select s.patient_id, s.code_id from series s
      where s.mixed and not exists (
        select from observation o
        where o.patient_id = s.patient_id and o.code_id = s.code_id and o.keeper_organization_id is null)
      and (select count(distinct o.keeper_organization_id) from observation o
        where o.patient_id = s.patient_id and o.code_id = s.code_id) < 2`,
  },
  {
    state: 'a series of two keepers that is not mixed',
    query: `select o.patient_id, o.code_id from observation o
      join series s on s.patient_id = o.patient_id and s.code_id = o.code_id
      where not s.mixed
      group by 1, 2 having count(distinct coalesce(o.keeper_organization_id, 0)) > 1`,
  },
];

const LINKS: readonly Forbidden[] = [
  {
    state: 'two open links of one patient to one app',
    query: `select i.patient_id, i.client_id, count(*) from invitation i
      where i.status = 'issued' group by 1, 2 having count(*) > 1`,
  },
  {
    state: 'an open link into a record that its person keeps',
    query: `select i.id, i.patient_id from invitation i join patient p on p.id = i.patient_id
      where i.status = 'issued' and p.keeper_organization_id is null`,
  },
  {
    state: 'a session of a link that goes on in a record that its person keeps',
    query: `select l.grant_id, l.patient_id from link_session l
      join patient p on p.id = l.patient_id
      join oauth_model g on g.model = 'Grant' and g.id = l.grant_id
      where p.keeper_organization_id is null and l.allowed_at is null`,
  },
  {
    state: 'a proved address that is none',
    query: 'select u.id from app_user u where u.email_verified and u.email is null',
  },
];

export const FORBIDDEN: readonly Forbidden[] = [
  ...MEMBERSHIPS,
  ...ANSWERS,
  ...AFTER_PROOF,
  ...READINGS,
  ...LINKS,
];

/** Asks for every forbidden state; a failure names the state and shows its rows. */
export async function expectNoForbiddenState({ owner }: Pick<TestDatabase, 'owner'>): Promise<void> {
  const found: { state: string; rows: unknown[] }[] = [];
  for (const { state, query } of FORBIDDEN) {
    const { rows } = await owner.query(`select * from (${query}) forbidden limit 5`);
    if (rows.length > 0) found.push({ state, rows });
  }
  expect(found).toEqual([]);
}
