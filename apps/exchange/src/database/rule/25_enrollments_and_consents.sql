-- Enrolments: a patient can only be enrolled where both belong to one organization.
create policy own on enrollment for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy shared_organization on enrollment for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from member_study));
create policy administer on enrollment for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy manage on enrollment for insert to jhe_writer
  with check ((study_id, patient_id) in (
    select s.study_id, p.patient_id
    from manageable_study s, manageable_patient p
    where true
      and p.organization_id = s.organization_id));
create policy remove on enrollment for delete to jhe_writer
  using (study_id in (select study_id from manageable_study));
grant select on enrollment to jhe_reader;
grant select, insert, delete on enrollment to jhe_writer;

-- Consent: the answer now, and everything ever answered.
create policy own on consent for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy shared_organization on consent for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from member_study));
create policy administer on consent for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy answer on consent for insert to jhe_writer
  with check ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from answerable_series));
create policy change on consent for update to jhe_writer
  using ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from answerable_series));
create policy clear on consent for delete to jhe_writer
  using ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from answerable_series));
create policy unenroll on consent for delete to jhe_writer
  using (study_id in (select study_id from manageable_study));
grant select on consent to jhe_reader;
grant select, insert, update, delete on consent to jhe_writer;
grant usage on sequence consent_id to jhe_writer;

create policy own on consent_event for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy shared_organization on consent_event for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from member_study));
create policy administer on consent_event for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy append on consent_event for insert to jhe_writer
  with check (true
    and actor_user_id = (select user_id from acting_user)
    and ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from answerable_series)
      or study_id in (select study_id from manageable_study)));
grant select on consent_event to jhe_reader;
grant select, insert on consent_event to jhe_writer;
