-- People. Password hashes have no reader but the sign-in.
create policy self on app_user for select to jhe_reader, jhe_writer
  using (id = (select user_id from acting_user));
create policy of_visible_patient on app_user for select to jhe_reader, jhe_writer
  using (exists (
    select from visible_patient_user v
    where true
      and v.user_id = app_user.id
    offset 0));
create policy of_colleague on app_user for select to jhe_reader, jhe_writer
  using (id in (select user_id from colleague));
create policy administer on app_user for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy rename on app_user for update to jhe_writer
  using (id = (select user_id from acting_user));
grant select (id, email, first_name, last_name, identifier, user_type, email_verified, active, superuser, joined_at,
  last_login_at) on app_user to jhe_reader, jhe_writer;
grant update (first_name, last_name) on app_user to jhe_writer;

create policy self on practitioner for select to jhe_reader, jhe_writer
  using (id = (select practitioner_id from acting_user));
create policy of_colleague on practitioner for select to jhe_reader, jhe_writer
  using (id in (select practitioner_id from colleague));
create policy administer on practitioner for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy remember on practitioner for update to jhe_writer
  using (id = (select practitioner_id from acting_user));
grant select on practitioner to jhe_reader;
grant select, update (settings, last_updated) on practitioner to jhe_writer;

-- A login made for a patient: no password, no powers, nothing proved about the address.
create policy register on app_user for insert to jhe_writer
  with check (true
    and exists (select from managed_organization)
    and user_type = 'patient');
-- Powers, a password or an address cannot even be named in the insert.
grant insert (id, first_name, last_name, user_type) on app_user to jhe_writer;
