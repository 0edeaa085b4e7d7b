-- Who and what is seen besides readings: patients, studies, organizations, colleagues.

create view visible_patient as
select po.patient_id
from patient_organization po
where true
  and po.organization_id = any (array(select m.organization_id from acting_membership m));

create view visible_patient_user as
select p.user_id
from visible_patient v, patient p
where true
  and p.id = v.patient_id;

create view member_study as
select s.id as study_id
from acting_membership m, study s
where true
  and s.organization_id = m.organization_id;

-- What was proposed to the acting person and waits for an answer, on our own pages. Nobody else sees that it was.
create view open_proposal as
select r.patient_id, r.organization_id, r.study_id
from acting_patient a, proposal r
where true
  and exists (select from own_pages)
  and r.patient_id = a.patient_id
  and r.state = 'open';

create view visible_study as
select study_id from member_study
union
select study_id from own_enrollment
union
select study_id from open_proposal where study_id is not null
union
select e.study_id
from link_study l, enrollment e
where true
  and e.study_id = l.study_id
  and e.patient_id = l.patient_id;

-- Organizations one belongs to, with their ancestors (a tree needs its trunk) and descendants.
create view visible_organization as
with recursive own as (
  select m.organization_id as id from acting_membership m
  union
  select organization_id from own_organization
  union
  select organization_id from open_proposal
  union
  select organization_id from acting_link
), up as (
  select id from own
  union
  select o.part_of
  from up, organization o
  where true
    and o.id = up.id
), down as (
  select m.organization_id as id from acting_membership m
  union
  select o.id
  from down, organization o
  where true
    and o.part_of = down.id
)
select id as organization_id from up
union
select id from down
union
select 0 from acting_user;

-- People of the organizations one belongs to.
create view colleague as
select o.practitioner_id, p.user_id
from acting_membership m, membership o, practitioner p
where true
  and o.organization_id = m.organization_id
  and p.id = o.practitioner_id;
