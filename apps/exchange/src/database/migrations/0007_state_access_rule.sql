-- Why:  the access rule as PostgreSQL knows it (wall 2): who is acting, and which rows that person may see or change.
--       domain/may.ts says the same in plain TypeScript, access/compile.ts as the relations that store/ may name;
--       a property test holds the three together and a mutation test removes each clause below in turn.
-- Form: each clause stands on a line of its own and begins with "and", so that the mutation test can remove it.
-- Lock: creates only. Safe while an older version runs: yes.
-- The views belong to jhe_rule, which sees only what the rule needs; they answer for the transaction's user alone.

create view acting_user as
select u.id as user_id, u.superuser, u.email_verified, pr.id as practitioner_id, pa.id as patient_id
from app_user u
left join practitioner pr on pr.user_id = u.id
left join patient pa on pa.user_id = u.id
where true
  and u.id = nullif(current_setting('jhe.user_id', true), '')::bigint
  and u.active;

-- An unverified address gives a login but no sight through an organization.
create view acting_membership as
select m.organization_id, m.role
from acting_user a, membership m
where true
  and m.practitioner_id = a.practitioner_id
  and a.email_verified;

-- The one relation that grants a practitioner sight of readings: member of the study's organization, patient enrolled,
-- code requested, consent permitted: all of it now.
create view readable_series as
select c.patient_id, c.code_id, c.study_id, s.organization_id
from acting_membership m, study s, enrollment e, requested_code r, consent c
where true
  and s.organization_id = m.organization_id
  and e.study_id = s.id
  and r.study_id = s.id
  and c.study_id = s.id
  and c.patient_id = e.patient_id
  and c.code_id = r.code_id
  and c.permitted;

-- The same, and a patient's own: what a search by study or organization goes through.
create view shared_series as
select patient_id, code_id, study_id, organization_id from readable_series
union
select c.patient_id, c.code_id, c.study_id, s.organization_id
from acting_user a, study s, enrollment e, requested_code r, consent c
where true
  and e.patient_id = a.patient_id
  and s.id = e.study_id
  and r.study_id = e.study_id
  and c.study_id = e.study_id
  and c.patient_id = e.patient_id
  and c.code_id = r.code_id
  and c.permitted;

create view visible_patient as
select po.patient_id
from acting_membership m, patient_organization po
where true
  and po.organization_id = m.organization_id;

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

create view visible_study as
select study_id from member_study
union
select e.study_id
from acting_user a, enrollment e
where true
  and e.patient_id = a.patient_id;

-- Organizations one belongs to, with their ancestors (a tree needs its trunk) and descendants.
create view visible_organization as
with recursive own as (
  select m.organization_id as id from acting_membership m
  union
  select po.organization_id
  from acting_user a, patient_organization po
  where true
    and po.patient_id = a.patient_id
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

-- Where one may act on patients and studies.
create view managed_organization as
select m.organization_id
from acting_membership m
where true
  and m.role in ('member', 'manager')
union
select o.id
from acting_user a, organization o
where true
  and a.superuser
  and o.id <> 0;

-- Where one may act on people and on the organization itself.
create view governed_organization as
select m.organization_id
from acting_membership m
where true
  and m.role = 'manager'
union
select o.id
from acting_user a, organization o
where true
  and a.superuser;

-- Founded by this user and still without members: its founder may become the manager.
create view founded_organization as
select o.id as organization_id
from acting_user a, organization o
where true
  and o.created_by = a.user_id
  and not exists (select from membership m where m.organization_id = o.id);

create view manageable_study as
select s.id as study_id, s.organization_id
from managed_organization g, study s
where true
  and s.organization_id = g.organization_id;

create view manageable_patient as
select po.patient_id, po.organization_id
from managed_organization g, patient_organization po
where true
  and po.organization_id = g.organization_id;

-- Questions this user may answer: one's own, or a patient's on their behalf as a member or manager of the study's
-- organization. Only what is requested of an enrolled patient can be answered. Superusers administer; they do not answer.
create view answerable_series as
select e.patient_id, e.study_id, r.code_id
from acting_user a, enrollment e, requested_code r
where true
  and e.patient_id = a.patient_id
  and r.study_id = e.study_id
union
select e.patient_id, e.study_id, r.code_id
from acting_membership m, study s, enrollment e, requested_code r
where true
  and m.role in ('member', 'manager')
  and s.organization_id = m.organization_id
  and e.study_id = s.id
  and r.study_id = s.id;

-- Series this user may add readings to: answerable, and answered yes.
create view recordable_series as
select distinct k.patient_id, k.code_id
from answerable_series k, consent c
where true
  and c.patient_id = k.patient_id
  and c.study_id = k.study_id
  and c.code_id = k.code_id
  and c.permitted;

do $$
declare
  name text;
begin
  foreach name in array array['acting_user', 'acting_membership', 'readable_series', 'shared_series',
      'visible_patient', 'visible_patient_user', 'member_study', 'visible_study', 'colleague',
      'visible_organization', 'managed_organization', 'governed_organization', 'founded_organization', 'manageable_study',
      'manageable_patient', 'answerable_series', 'recordable_series'] loop
    execute format('alter view %I owner to jhe_rule', name);
    execute format('grant select on %I to jhe_reader, jhe_writer', name);
  end loop;
end
$$;

grant select on practitioner, patient, organization, membership, patient_organization, study, requested_code,
  enrollment, consent to jhe_rule;
grant select (id, superuser, email_verified, active) on app_user to jhe_rule;
