-- Studies and what they ask.
create policy visible on study for select to jhe_reader, jhe_writer
  using (id in (select study_id from visible_study));
create policy administer on study for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on study for insert to jhe_writer
  with check (organization_id in (select organization_id from managed_organization));
create policy change on study for update to jhe_writer
  using (organization_id in (select organization_id from managed_organization));
create policy remove on study for delete to jhe_writer
  using (organization_id in (select organization_id from managed_organization));
grant select on study to jhe_reader;
grant select, insert, delete on study to jhe_writer;
-- A study never changes organization: it would carry its yeses along.
grant update (name, description, icon_url, purpose, ends_at, version, last_updated) on study to jhe_writer;

-- What was asked at the time of an answer.
create policy visible on study_version for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from visible_study));
create policy administer on study_version for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on study_version for insert to jhe_writer
  with check (study_id in (select study_id from manageable_study));
grant select on study_version to jhe_reader;
grant select, insert on study_version to jhe_writer;

create policy visible on requested_code for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from visible_study));
create policy administer on requested_code for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on requested_code for insert to jhe_writer
  with check (study_id in (select study_id from manageable_study));
create policy remove on requested_code for delete to jhe_writer
  using (study_id in (select study_id from manageable_study));
grant select on requested_code to jhe_reader;
grant select, insert, delete on requested_code to jhe_writer;

create policy visible on study_client for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from visible_study));
create policy administer on study_client for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on study_client for insert to jhe_writer
  with check (study_id in (select study_id from manageable_study));
create policy remove on study_client for delete to jhe_writer
  using (study_id in (select study_id from manageable_study));
grant select on study_client to jhe_reader;
grant select, insert, delete on study_client to jhe_writer;

create policy visible on study_data_source for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from visible_study));
create policy administer on study_data_source for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on study_data_source for insert to jhe_writer
  with check (study_id in (select study_id from manageable_study));
create policy remove on study_data_source for delete to jhe_writer
  using (study_id in (select study_id from manageable_study));
grant select on study_data_source to jhe_reader;
grant select, insert, delete on study_data_source to jhe_writer;
