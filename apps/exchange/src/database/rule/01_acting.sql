-- Who is acting: the person whom the gate set for the transaction, and the organizations that person belongs to.

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
