-- Where one may act: on patients and studies, on people and organizations.

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

-- Where one may give a role: managers; a superuser only where there never was a manager, or where none is left and the
-- organization is closed for reading meanwhile.
create view appointing_organization as
select m.organization_id
from acting_membership m
where true
  and m.role = 'manager'
union
select o.id
from acting_user a, organization o
where true
  and a.superuser
  and (not o.had_manager or o.closed_until > now());

-- Founded by this user, still without members, never managed: its founder may become the manager.
create view founded_organization as
select o.id as organization_id
from acting_user a, organization o
where true
  and o.created_by = a.user_id
  and a.practitioner_id is not null
  and not o.had_manager
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

-- Records in the keeping of an organization where one may act.
create view kept_patient as
select p.id as patient_id, p.keeper_organization_id as organization_id
from managed_organization g, patient p
where true
  and p.keeper_organization_id = g.organization_id;

-- Records to which one may give out a link: in one's own organization's keeping. Administering is not enough.
create view invitable_patient as
select p.id as patient_id, p.keeper_organization_id as organization_id
from acting_membership m, patient p
where true
  and m.role in ('member', 'manager')
  and p.keeper_organization_id = m.organization_id;

-- Persons to whom one may propose a study: they keep their record and have accepted the organization.
create view proposable_study as
select po.patient_id, s.id as study_id, s.organization_id
from acting_membership m, study s, patient_organization po, patient p
where true
  and m.role in ('member', 'manager')
  and s.organization_id = m.organization_id
  and po.organization_id = m.organization_id
  and p.id = po.patient_id
  and p.keeper_organization_id is null;
