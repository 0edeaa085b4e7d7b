-- Invitations: issued by the staff of the organization that keeps the record, and seen by those who manage it. The hash of a token is nobody's to read.
create policy manage on invitation for select to jhe_reader, jhe_writer
  using (exists (
    select from manageable_patient m
    where true
      and m.patient_id = invitation.patient_id));
create policy issue on invitation for insert to jhe_writer
  with check (exists (
    select from invitable_patient i
    where true
      and i.patient_id = invitation.patient_id
      and i.organization_id = invitation.organization_id));
create policy change on invitation for update to jhe_writer
  using (exists (
    select from manageable_patient m
    where true
      and m.patient_id = invitation.patient_id));
grant select (id, patient_id, client_id, organization_id, status, issued_at, issued_by, redeemed_at, last_updated) on invitation
  to jhe_reader, jhe_writer;
grant insert, update (status, last_updated) on invitation to jhe_writer;
