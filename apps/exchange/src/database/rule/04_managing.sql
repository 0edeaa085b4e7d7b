-- Where one may act: on patients and studies, on people and organizations.

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
