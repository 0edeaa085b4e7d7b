-- Patients, what names them, and where they belong.
create policy own on patient for select to jhe_reader, jhe_writer
  using (id in (select patient_id from acting_patient));
create policy linked on patient for select to jhe_reader, jhe_writer
  using (id in (select patient_id from acting_link));
create policy shared_organization on patient for select to jhe_reader, jhe_writer
  using (exists (
    select from visible_patient v
    where true
      and v.patient_id = patient.id
    offset 0));
create policy administer on patient for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on patient for update to jhe_writer
  using (exists (
    select from manageable_patient m
    where true
      and m.patient_id = patient.id));
-- A new record is in the keeping of the organization that makes it, whoever else may know the person.
create policy register on patient for insert to jhe_writer
  with check (keeper_organization_id in (select organization_id from managed_organization));
grant select on patient to jhe_reader, jhe_writer;
grant insert (id, user_id, name_family, name_given, birth_date, telecom_phone, contact_email, keeper_organization_id)
  on patient to jhe_writer;
-- Whose the record is, and its login, change in deeds of the authorization server alone.
grant update (name_family, name_given, birth_date, telecom_phone, last_updated) on patient to jhe_writer;

create policy own on patient_identifier for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from acting_patient)
    and (exists (select from own_pages)
      or (patient_id, organization_id) in (select patient_id, organization_id from own_organization)));
create policy linked on patient_identifier for select to jhe_reader, jhe_writer
  using ((patient_id, organization_id) in (select patient_id, organization_id from acting_link));
create policy of_organization on patient_identifier for select to jhe_reader, jhe_writer
  using (organization_id in (select organization_id from acting_membership));
create policy manage on patient_identifier for insert to jhe_writer
  with check (exists (
    select from manageable_patient m
    where true
      and m.patient_id = patient_identifier.patient_id
      and m.organization_id = patient_identifier.organization_id));
create policy remove on patient_identifier for delete to jhe_writer
  using (exists (
    select from manageable_patient m
    where true
      and m.patient_id = patient_identifier.patient_id
      and m.organization_id = patient_identifier.organization_id));
grant select on patient_identifier to jhe_reader;
grant select, insert, delete on patient_identifier to jhe_writer;

create policy own on patient_organization for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from acting_patient)
    and (exists (select from own_pages)
      or (patient_id, organization_id) in (select patient_id, organization_id from own_organization)));
create policy linked on patient_organization for select to jhe_reader, jhe_writer
  using ((patient_id, organization_id) in (select patient_id, organization_id from acting_link));
create policy shared_organization on patient_organization for select to jhe_reader, jhe_writer
  using (organization_id in (select organization_id from acting_membership));
create policy administer on patient_organization for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
-- In its own keeping an organization's membership counts as accepted; any other is the person's to accept.
create policy keep on patient_organization for insert to jhe_writer
  with check (exists (
    select from kept_patient k
    where true
      and k.patient_id = patient_organization.patient_id
      and k.organization_id = patient_organization.organization_id));
create policy accept on patient_organization for insert to jhe_writer
  with check ((patient_id, organization_id) in (select patient_id, organization_id from open_proposal));
create policy remove on patient_organization for delete to jhe_writer
  using (organization_id in (select organization_id from managed_organization));
create policy leave on patient_organization for delete to jhe_writer
  using ((patient_id, organization_id) in (select patient_id, organization_id from own_organization));
grant select on patient_organization to jhe_reader;
grant select, insert, delete on patient_organization to jhe_writer;

-- Numbers that an organization goes on using.
create policy own on patient_number for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from acting_patient)
    and (exists (select from own_pages)
      or (patient_id, organization_id) in (select patient_id, organization_id from own_organization)));
create policy of_organization on patient_number for select to jhe_reader, jhe_writer
  using (organization_id in (select organization_id from acting_membership));
grant select on patient_number to jhe_reader, jhe_writer;

-- What happened to a record: the person's to read, on our own pages; written by whoever does it.
create policy own on record_event for select to jhe_reader, jhe_writer
  using (true
    and exists (select from own_pages)
    and patient_id in (select patient_id from acting_patient));
create policy tell_by_staff on record_event for insert to jhe_writer
  with check (true
    and actor_user_id = (select user_id from acting_user)
    and exists (
    select from manageable_patient m
    where true
      and m.patient_id = record_event.patient_id));
create policy tell_by_person on record_event for insert to jhe_writer
  with check (true
    and actor_user_id = (select user_id from acting_user)
    and patient_id in (select patient_id from acting_patient union select patient_id from acting_link));
grant select on record_event to jhe_reader, jhe_writer;
grant insert (patient_id, kind, organization_id, study_id, actor_user_id, client_id, detail, organization_name, study_name)
  on record_event to jhe_writer;
grant usage on sequence record_event_id to jhe_writer;
