-- Who is acting, in this session: the person whom the gate set for the transaction (jhe.user_id), the session's grant
-- (jhe.grant_id; empty for a program, which never acts as a patient), the organizations that person belongs to, and the
-- records that are theirs.
-- Form: what every other view begins with are functions, so that PostgreSQL plans each once for a connection and not again
-- in every policy of every statement (a write of a consent: 60 ms of planning without, 9 with). They are called once for
-- each place that names them, never for a row.

create function acting() returns table (
  user_id bigint, email_verified boolean, practitioner_id bigint, superuser boolean, grant_id text, by_link boolean)
language plpgsql stable security definer rows 1 set search_path = public, pg_temp
as $$
begin
  return query
  select s.user_id, s.email_verified, s.practitioner_id, s.superuser and not s.by_link, s.grant_id, s.by_link
  from (
    select u.id as user_id, u.email_verified, pr.id as practitioner_id, u.superuser,
      nullif(current_setting('jhe.grant_id', true), '') as grant_id,
      -- A session that came from an invitation link and that nobody has said is theirs.
      exists (
        select from link_session l
        where true
          and l.grant_id = nullif(current_setting('jhe.grant_id', true), '')
          and l.allowed_at is null) as by_link
    from app_user u
    left join practitioner pr on pr.user_id = u.id
    where true
      and u.id = nullif(current_setting('jhe.user_id', true), '')::bigint
      and u.active
  ) s;
end
$$;

-- What a link reaches: one record, as long as the organization that gave the link keeps it; and the studies of that
-- organization that use the link's app.
create function acting_links() returns table (patient_id bigint, organization_id bigint, grant_id text)
language plpgsql stable security definer rows 1 set search_path = public, pg_temp
as $$
begin
  return query
  select l.patient_id, l.organization_id, l.grant_id
  from acting() a
  join link_session l on l.grant_id = a.grant_id
  join patient p on p.id = l.patient_id
  where true
    and a.by_link
    and l.user_id = a.user_id
    and p.keeper_organization_id = l.organization_id;
end
$$;

create function link_studies() returns table (patient_id bigint, study_id bigint, grant_id text)
language plpgsql stable security definer rows 1 set search_path = public, pg_temp
as $$
begin
  return query
  select l.patient_id, s.id, l.grant_id
  from acting_links() l
  join link_session k on k.grant_id = l.grant_id
  join study s on s.organization_id = l.organization_id
  where true
    and exists (
      select from study_client sc join client c on c.id = sc.client_id
      where true
        and sc.study_id = s.id
        and c.client_id = k.client_id);
end
$$;

create view acting_user as
select a.user_id, a.email_verified, a.practitioner_id, a.superuser, a.grant_id
from acting() a;

-- An unproved address gives a login but no sight through an organization; nor does a link.
create view acting_membership as
select m.organization_id, m.role
from acting() a, membership m
where true
  and m.practitioner_id = a.practitioner_id
  and a.email_verified
  and not a.by_link;

-- The records that the acting person keeps, in a proved session.
create view acting_patient as
select p.id as patient_id
from acting() a, patient p
where true
  and p.user_id = a.user_id
  and p.keeper_organization_id is null
  and a.email_verified
  and a.grant_id is not null
  and not a.by_link;

create view acting_link as
select l.patient_id, l.organization_id, l.grant_id
from acting_links() l;

create view link_study as
select l.patient_id, l.study_id, l.grant_id
from link_studies() l;
