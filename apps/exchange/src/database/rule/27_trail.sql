-- The trace: one's own as a patient; everything for those who administer. Written by whoever acts, as themselves.
create policy own on audit_event for select to jhe_reader, jhe_writer
  using (patient_id = any (array(select a.patient_id from acting_patient a)));
create policy administer on audit_event for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy trace on audit_event for insert to jhe_reader, jhe_writer
  with check (user_id = (select user_id from acting_user));
grant select, insert on audit_event to jhe_reader, jhe_writer;
grant usage on sequence audit_event_id to jhe_reader, jhe_writer;
