-- The catalogue: what exists to be asked for. No word about any person; every signed-in user may read it.
create policy catalogue on code for select to jhe_reader, jhe_writer using (exists (select from acting_user));
create policy catalogue on data_source for select to jhe_reader, jhe_writer using (exists (select from acting_user));
create policy catalogue on data_source_code for select to jhe_reader, jhe_writer using (exists (select from acting_user));
create policy catalogue on client for select to jhe_reader, jhe_writer using (exists (select from acting_user));
create policy catalogue on client_data_source for select to jhe_reader, jhe_writer using (exists (select from acting_user));
grant select on code, data_source, data_source_code, client_data_source to jhe_reader, jhe_writer;
grant select (id, client_id, name, redirect_uris, default_scopes, invitation_url, launch_uri, approved_at,
  created_at, last_updated)
  on client to jhe_reader, jhe_writer;
create policy administer on code for all to jhe_writer using (exists (select from acting_user where superuser));
create policy administer on data_source for all to jhe_writer using (exists (select from acting_user where superuser));
create policy administer on data_source_code for all to jhe_writer using (exists (select from acting_user where superuser));
create policy administer on client for all to jhe_writer using (exists (select from acting_user where superuser));
create policy administer on client_data_source for all to jhe_writer using (exists (select from acting_user where superuser));
grant insert, update, delete on code, data_source, data_source_code, client, client_data_source to jhe_writer;
