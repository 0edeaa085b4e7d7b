-- Patients, what names them, and where they belong.
create policy own on patient for select to jhe_reader, jhe_writer
  using (id = (select patient_id from acting_user));
create policy shared_organization on patient for select to jhe_reader, jhe_writer
  using (id in (select patient_id from visible_patient));
create policy administer on patient for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on patient for update to jhe_writer
  using (id in (select patient_id from manageable_patient));
grant select on patient to jhe_reader;
grant select, update on patient to jhe_writer;

create policy own on patient_identifier for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy shared_organization on patient_identifier for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from visible_patient));
create policy administer on patient_identifier for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on patient_identifier for insert to jhe_writer
  with check (patient_id in (select patient_id from manageable_patient));
create policy remove on patient_identifier for delete to jhe_writer
  using (patient_id in (select patient_id from manageable_patient));
grant select on patient_identifier to jhe_reader;
grant select, insert, delete on patient_identifier to jhe_writer;

create policy own on patient_organization for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy shared_organization on patient_organization for select to jhe_reader, jhe_writer
  using (organization_id in (select organization_id from acting_membership));
create policy administer on patient_organization for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on patient_organization for insert to jhe_writer
  with check (organization_id in (select organization_id from managed_organization));
create policy remove on patient_organization for delete to jhe_writer
  using (organization_id in (select organization_id from managed_organization));
grant select on patient_organization to jhe_reader;
grant select, insert, delete on patient_organization to jhe_writer;

-- A new patient belongs to nobody until the next statement of the same transaction adds an organization.
create policy register on patient for insert to jhe_writer
  with check (exists (select from managed_organization));
grant insert on patient to jhe_writer;
