-- What deeds cannot do without, beyond the rows that their person sees. Each answers with ids or yes or no, never with
-- names or addresses, or only ever closes what was open; and only to those who may.

-- The practitioner behind a user, for those who add practitioners to an organization that they govern.
create function find_practitioner_of_user(wanted_user_id bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp
as $$
  select pr.id
  from practitioner pr
  where true
    and pr.user_id = wanted_user_id
    and exists (select from governed_organization)
$$;

-- Who works under this address, for those who add practitioners to an organization that they govern. Patients are nobody
-- here, and that a practitioner is a patient as well is not told.
create function find_practitioner_by_email(address text) returns table (user_id bigint, practitioner_id bigint)
language sql stable security definer set search_path = public, pg_temp
as $$
  select u.id, pr.id
  from app_user u
  join practitioner pr on pr.user_id = u.id
  where true
    and lower(u.email) = lower(address)
    and exists (select from governed_organization)
$$;

-- Readings of a person were recorded: their series are mixed from now on. Only where the acting person may record, and only
-- ever in this direction. What others attested to them goes on counting until close_mixed, which ends the deed: the reading
-- that mixes a series comes in by the answer that it closes.
create function mix_series(wanted_patient_ids bigint[], wanted_code_ids bigint[]) returns void
language sql volatile security definer set search_path = public, pg_temp
as $$
  update series s set mixed = true
  from unnest(wanted_patient_ids, wanted_code_ids) as w (patient_id, code_id)
  where s.patient_id = w.patient_id and s.code_id = w.code_id and not s.mixed
    and (w.patient_id, w.code_id) in (select r.patient_id, r.code_id from recordable_series r where r.keeper = 0)
$$;

-- What others attested to series that are mixed stops counting. It only ever closes, so anybody's deed may ask for it.
create function close_mixed(wanted_patient_ids bigint[], wanted_code_ids bigint[]) returns void
language sql volatile security definer set search_path = public, pg_temp
as $$
  with closed as (
    update consent c set opens = false
    from unnest(wanted_patient_ids, wanted_code_ids) as w (patient_id, code_id), series s
    where s.patient_id = w.patient_id and s.code_id = w.code_id and s.mixed
      and c.patient_id = w.patient_id and c.code_id = w.code_id and c.opens and not c.own
    returning c.patient_id, c.study_id, c.code_id
  )
  insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role, study_name)
  select c.patient_id, c.study_id, c.code_id, 'close', (select user_id from acting_user),
    case
      when c.patient_id in (select a.patient_id from acting_patient a) then 'patient'
      when s.organization_id in (select m.organization_id from acting_membership m where m.role = 'manager') then 'manager'
      else 'member'
    end, s.name
  from closed c join study s on s.id = c.study_id
$$;

-- The person has said no to questions, in whatever session: kept for good, and what others attested to the measure in any
-- study of that organization stops counting.
create function decline_measures(wanted_patient_id bigint, wanted_study_ids bigint[], wanted_code_ids bigint[]) returns void
language sql volatile security definer set search_path = public, pg_temp
as $$
  with asked as (
    select q.study_id, q.code_id, '' as session from own_question q where q.patient_id = wanted_patient_id
    union
    select q.study_id, q.code_id, l.grant_id
    from link_question q, acting_link l where q.patient_id = wanted_patient_id
  ), noes as (
    select distinct s.organization_id, k.measure, a.session
    from asked a
    join unnest(wanted_study_ids, wanted_code_ids) as w (study_id, code_id)
      on w.study_id = a.study_id and w.code_id = a.code_id
    join study s on s.id = a.study_id
    join code k on k.id = a.code_id
  ), kept as (
    insert into declined_measure (patient_id, organization_id, measure, session)
    select wanted_patient_id, n.organization_id, n.measure, n.session from noes n
    on conflict do nothing
  ), closed as (
    update consent c set opens = false
    from noes n, study s, code k
    where c.patient_id = wanted_patient_id and s.id = c.study_id and s.organization_id = n.organization_id
      and k.id = c.code_id and k.measure = n.measure and c.opens and not c.own
    returning c.patient_id, c.study_id, c.code_id
  )
  insert into consent_event (patient_id, study_id, code_id, decision, actor_user_id, actor_role, study_name)
  select c.patient_id, c.study_id, c.code_id, 'close', (select user_id from acting_user), 'patient', s.name
  from closed c join study s on s.id = c.study_id
$$;

-- An organization has a manager now: from here on a superuser's appointment there waits for one.
create function note_manager(wanted_organization_id bigint) returns void
language sql volatile security definer set search_path = public, pg_temp
as $$
  update organization o set had_manager = true
  where o.id = wanted_organization_id
    and exists (select from membership m where m.organization_id = o.id and m.role = 'manager')
$$;

-- A superuser is about to appoint where no manager is left: nobody reads there for fourteen days, and every patient is
-- told. False where there is a manager who can be asked.
create function close_organization(wanted_organization_id bigint) returns boolean
language sql volatile security definer set search_path = public, pg_temp
as $$
  with closed as (
    update organization o set closed_until = now() + interval '14 days'
    where o.id = wanted_organization_id
      and o.had_manager
      and exists (select from acting_user a where a.superuser)
      and not exists (
        select from membership m join practitioner pr on pr.id = m.practitioner_id join app_user u on u.id = pr.user_id
        where m.organization_id = o.id and m.role = 'manager' and u.active)
    returning o.id, o.name
  ), told as (
    insert into record_event (patient_id, kind, organization_id, actor_user_id, organization_name)
    select po.patient_id, 'manager-appointed', c.id, (select user_id from acting_user), c.name
    from closed c join patient_organization po on po.organization_id = c.id
    returning 1
  )
  select exists (select from closed)
$$;

-- Proposes a study to a person who keeps the record, under the names of the day: once decided it is out of sight. Where
-- one stands, open or declined, nothing is added. Whether it was new is for the person's own history; the deed tells nobody.
create function propose_study(wanted_patient_id bigint, wanted_organization_id bigint, wanted_study_id bigint) returns boolean
language sql volatile security definer set search_path = public, pg_temp
as $$
  with added as (
    insert into proposal (patient_id, organization_id, study_id, proposed_by, organization_name, study_name)
    select s.patient_id, s.organization_id, s.study_id, (select user_id from acting_user), o.name, t.name
    from proposable_study s join organization o on o.id = s.organization_id join study t on t.id = s.study_id
    where s.patient_id = wanted_patient_id and s.organization_id = wanted_organization_id
      and s.study_id = wanted_study_id
    on conflict do nothing
    returning 1
  )
  select exists (select from added)
$$;
