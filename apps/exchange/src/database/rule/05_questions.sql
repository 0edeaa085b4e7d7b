-- Questions about people outside one's organizations that adding people cannot do without. Each answers with ids or yes
-- or no, never with names or addresses, and only to those who manage an organization.

-- Who has this address already: a patient is added rather than made again, a practitioner is never made a patient.
create function find_person_by_email(address text)
returns table (user_id bigint, superuser boolean, practitioner_id bigint, patient_id bigint)
language sql stable security definer set search_path = public, pg_temp
as $$
  select u.id, u.superuser, pr.id, pa.id
  from app_user u
  left join practitioner pr on pr.user_id = u.id
  left join patient pa on pa.user_id = u.id
  where true
    and lower(u.email) = lower(address)
    and exists (select from managed_organization)
$$;

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

-- Whether a patient's login has powers of its own: an invitation to such a login would hand those powers over.
create function patient_login_has_powers(wanted_patient_id bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$
  select u.superuser or pr.id is not null
  from patient p
  join app_user u on u.id = p.user_id
  left join practitioner pr on pr.user_id = u.id
  where true
    and p.id = wanted_patient_id
    and p.id in (select patient_id from manageable_patient)
$$;

-- Whether a patient would still belong somewhere after leaving this organization: nobody may be left to nobody.
create function patient_belongs_elsewhere(wanted_patient_id bigint, leaving_organization_id bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$
  select exists (
    select from patient_organization po
    where true
      and po.patient_id = wanted_patient_id
      and po.organization_id <> leaving_organization_id)
    and wanted_patient_id in (select patient_id from manageable_patient)
$$;
