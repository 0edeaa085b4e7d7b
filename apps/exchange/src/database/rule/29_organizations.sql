-- Organizations and who belongs to them.
create policy visible on organization for select to jhe_reader, jhe_writer
  using (id in (select organization_id from visible_organization));
create policy administer on organization for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy founded on organization for select to jhe_reader, jhe_writer
  using (id in (select organization_id from founded_organization));
create policy found on organization for insert to jhe_writer
  with check (true
    and created_by = (select user_id from acting_user)
    and (part_of in (select organization_id from governed_organization)
      or part_of = 0 and (select value = 'true'::jsonb from setting where key = 'organization.self_service_top_level')
        and (select practitioner_id from acting_user) is not null));
create policy change on organization for update to jhe_writer
  -- The root has no part_of, so it is nobody's to change.
  using (part_of in (select organization_id from governed_organization)
    or part_of = 0 and id in (select organization_id from governed_organization));
grant select on organization to jhe_reader, jhe_writer;
grant insert (id, name, type, part_of, created_by) on organization to jhe_writer;
grant update (name, type, part_of, last_updated) on organization to jhe_writer;

create policy own on membership for select to jhe_reader, jhe_writer
  using (practitioner_id = (select practitioner_id from acting_user));
create policy shared_organization on membership for select to jhe_reader, jhe_writer
  using (organization_id in (select organization_id from acting_membership));
create policy administer on membership for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy appoint on membership for insert to jhe_writer
  with check (organization_id in (select organization_id from appointing_organization));
create policy found on membership for insert to jhe_writer
  with check (true
    and practitioner_id = (select practitioner_id from acting_user)
    and organization_id in (select organization_id from founded_organization)
    and role = 'manager');
create policy change on membership for update to jhe_writer
  using (organization_id in (select organization_id from appointing_organization));
create policy remove on membership for delete to jhe_writer
  using (organization_id in (select organization_id from governed_organization));
grant select on membership to jhe_reader;
grant select, insert, update, delete on membership to jhe_writer;

-- What a superuser would appoint waits for a manager.
create policy governed on appointment for select to jhe_reader, jhe_writer
  using (organization_id in (select organization_id from governed_organization));
create policy propose on appointment for insert to jhe_writer
  with check (true
    and proposed_by = (select user_id from acting_user)
    and exists (select from acting_user where superuser));
create policy settle on appointment for delete to jhe_writer
  using (organization_id in (select organization_id from governed_organization));
grant select on appointment to jhe_reader;
grant select, insert, delete on appointment to jhe_writer;

create policy published on setting for select to jhe_reader, jhe_writer
  using (key in ('organization.self_service_top_level'));
grant select on setting to jhe_reader, jhe_writer;
