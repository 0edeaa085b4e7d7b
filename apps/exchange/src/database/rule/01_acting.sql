-- Who is acting, in this session: the person whom the gate set for the transaction (jhe.user_id), the session's grant
-- (jhe.grant_id; empty for a program, which never acts as a patient), the app in use (jhe.client_id), the organizations
-- that person belongs to, and the records that are theirs.
-- Form: what every other view begins with are functions, so that PostgreSQL plans each once for a connection and not again
-- in every policy of every statement (a write of a consent: 60 ms of planning without, 9 with). They are called once for
-- each place that names them, never for a row.

create function acting() returns table (
  user_id bigint, email_verified boolean, practitioner_id bigint, superuser boolean, grant_id text, by_link boolean,
  client_id text)
language plpgsql stable security definer rows 1 set search_path = public, pg_temp
as $$
begin
  return query
  select s.user_id, s.email_verified, case when not s.by_link then s.practitioner_id end, s.superuser and not s.by_link,
    s.grant_id, s.by_link, current_setting('jhe.client_id', true)
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

-- What a person's app learns of the studies of theirs: those that use it, and those that the person chose to show it.
create function app_studies() returns table (study_id bigint)
language plpgsql stable security definer rows 5 set search_path = public, pg_temp
as $$
begin
  return query
  select sc.study_id
  from acting() a
  join client c on c.client_id = a.client_id
  join study_client sc on sc.client_id = c.id
  union
  select s.study_id
  from acting() a
  join shown_study s on s.grant_id = a.grant_id;
end
$$;

create view acting_user as
select a.user_id, a.email_verified, a.practitioner_id, a.superuser, a.grant_id
from acting() a;

-- An unproved address gives a login but no sight through an organization; nor does a link, which is nobody's practitioner.
create view acting_membership as
select m.organization_id, m.role
from acting() a, membership m
where true
  and m.practitioner_id = a.practitioner_id
  and a.email_verified;

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

create view app_study as
select s.study_id
from app_studies() s;

-- The portal and the person's own pages, where everything of theirs is shown. (domain/own-pages.ts names the same.)
create view own_pages as
select a.user_id
from acting() a
where true
  and a.client_id in ('jhe-portal', 'jhe-account');

-- Of the acting person's enrolments and organizations, what the app in use may know.
create view own_enrollment as
select e.patient_id, e.study_id
from acting_patient a, enrollment e
where true
  and e.patient_id = a.patient_id
  and (exists (select from own_pages) or e.study_id in (select study_id from app_study));

create view own_organization as
select po.patient_id, po.organization_id
from acting_patient a, patient_organization po
where true
  and po.patient_id = a.patient_id
  and (exists (select from own_pages)
    or (po.patient_id, po.organization_id) in (
      select e.patient_id, s.organization_id
      from own_enrollment e, study s
      where true
        and s.id = e.study_id));
