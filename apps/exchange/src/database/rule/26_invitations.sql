-- Invitations: issued by the staff of the organization that keeps the record, and seen by those who manage it. The hash of a token is nobody's to read.
create policy manage on invitation for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from manageable_patient));
create policy issue on invitation for insert to jhe_writer
  with check ((patient_id, organization_id) in (select patient_id, organization_id from invitable_patient));
create policy change on invitation for update to jhe_writer
  using (patient_id in (select patient_id from manageable_patient));
grant select (id, patient_id, client_id, organization_id, status, issued_at, issued_by, redeemed_at, last_updated) on invitation
  to jhe_reader, jhe_writer;
grant insert, update (status, last_updated) on invitation to jhe_writer;
