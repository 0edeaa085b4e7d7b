-- Why:  row level security on everything that is about people, by the views of the access rule (wall 2).
-- Form: as in 0007: each clause on a line beginning with "and"; one permissive policy for each way to be allowed.
--       Every policy tests an uncorrelated set (patient, code) in (select ...): it is computed once for a statement.
-- Lock: creates only. Safe while an older version runs: yes.

do $$
declare
  name text;
begin
  foreach name in array array['app_user', 'practitioner', 'patient', 'patient_identifier', 'organization', 'membership',
      'patient_organization', 'study', 'requested_code', 'study_client', 'study_data_source', 'enrollment', 'consent',
      'consent_event', 'invitation', 'observation', 'observation_identifier', 'series', 'audit_event', 'code',
      'data_source', 'data_source_code', 'client', 'client_data_source', 'setting', 'oauth_model', 'signing_key'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    -- access/system.ts is the only door to this role; its reasons are a closed, audited set.
    execute format('create policy system on %I to jhe_system using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to jhe_system', name);
  end loop;
  -- What the rule itself reads.
  foreach name in array array['app_user', 'practitioner', 'patient', 'organization', 'membership', 'patient_organization',
      'study', 'requested_code', 'enrollment', 'consent'] loop
    execute format('create policy rule on %I for select to jhe_rule using (true)', name);
  end loop;
end
$$;
grant usage on all sequences in schema public to jhe_writer;
-- The seed sets ids of its own and moves the sequences past them.
grant usage, select, update on all sequences in schema public to jhe_system;
grant usage on sequence audit_event_id to jhe_reader;
revoke update, delete on consent_event, audit_event from jhe_system;

-- The catalogue: what exists to be asked for. No word about any person; every signed-in user may read it.
create policy catalogue on code for select to jhe_reader, jhe_writer using (exists (select from acting_user));
create policy catalogue on data_source for select to jhe_reader, jhe_writer using (exists (select from acting_user));
create policy catalogue on data_source_code for select to jhe_reader, jhe_writer using (exists (select from acting_user));
create policy catalogue on client for select to jhe_reader, jhe_writer using (exists (select from acting_user));
create policy catalogue on client_data_source for select to jhe_reader, jhe_writer using (exists (select from acting_user));
grant select on code, data_source, data_source_code, client_data_source to jhe_reader, jhe_writer;
grant select (id, client_id, name, redirect_uris, default_scopes, invitation_url, created_at, last_updated)
  on client to jhe_reader, jhe_writer;
create policy administer on code for all to jhe_writer using (exists (select from acting_user where superuser));
create policy administer on data_source for all to jhe_writer using (exists (select from acting_user where superuser));
create policy administer on data_source_code for all to jhe_writer using (exists (select from acting_user where superuser));
create policy administer on client for all to jhe_writer using (exists (select from acting_user where superuser));
create policy administer on client_data_source for all to jhe_writer using (exists (select from acting_user where superuser));
grant insert, update, delete on code, data_source, data_source_code, client, client_data_source to jhe_writer;

-- Readings.
create policy own on observation for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy consented on observation for select to jhe_reader, jhe_writer
  using ((patient_id, code_id) in (select patient_id, code_id from readable_series));
create policy record on observation for insert to jhe_writer
  with check ((patient_id, code_id) in (select patient_id, code_id from recordable_series));
grant select on observation to jhe_reader;
grant select, insert on observation to jhe_writer;
grant usage on sequence observation_id to jhe_writer;

create policy own on observation_identifier for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy consented on observation_identifier for select to jhe_reader, jhe_writer
  using ((patient_id, code_id) in (select patient_id, code_id from readable_series));
create policy record on observation_identifier for insert to jhe_writer
  with check ((patient_id, code_id) in (select patient_id, code_id from recordable_series));
grant select on observation_identifier to jhe_reader;
grant select, insert on observation_identifier to jhe_writer;

create policy own on series for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy consented on series for select to jhe_reader, jhe_writer
  using ((patient_id, code_id) in (select patient_id, code_id from readable_series));
create policy record on series for insert to jhe_writer
  with check ((patient_id, code_id) in (select patient_id, code_id from recordable_series));
create policy count on series for update to jhe_writer
  using ((patient_id, code_id) in (select patient_id, code_id from recordable_series));
grant select on series to jhe_reader;
grant select, insert, update on series to jhe_writer;

-- Patients.
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
grant select, insert, update, delete on study to jhe_writer;

do $$
declare
  name text;
begin
  foreach name in array array['requested_code', 'study_client', 'study_data_source'] loop
    execute format('create policy visible on %I for select to jhe_reader, jhe_writer
      using (study_id in (select study_id from visible_study))', name);
    execute format('create policy administer on %I for select to jhe_reader, jhe_writer
      using (exists (select from acting_user where superuser))', name);
    execute format('create policy manage on %I for insert to jhe_writer
      with check (study_id in (select study_id from manageable_study))', name);
    execute format('create policy remove on %I for delete to jhe_writer
      using (study_id in (select study_id from manageable_study))', name);
    execute format('grant select on %I to jhe_reader', name);
    execute format('grant select, insert, delete on %I to jhe_writer', name);
  end loop;
end
$$;

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

-- Invitations: issued by those who manage the patient. The hash of a token is nobody's to read.
create policy manage on invitation for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from manageable_patient));
create policy issue on invitation for insert to jhe_writer
  with check (patient_id in (select patient_id from manageable_patient));
create policy change on invitation for update to jhe_writer
  using (patient_id in (select patient_id from manageable_patient));
grant select (id, patient_id, client_id, status, issued_at, issued_by, redeemed_at, last_updated) on invitation
  to jhe_reader, jhe_writer;
grant insert, update (status, last_updated) on invitation to jhe_writer;

-- The trace: one's own as a patient; everything for those who administer. Written by whoever acts, as themselves.
create policy own on audit_event for select to jhe_reader, jhe_writer
  using (patient_id = (select patient_id from acting_user));
create policy administer on audit_event for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy trace on audit_event for insert to jhe_reader, jhe_writer
  with check (user_id = (select user_id from acting_user));
grant select, insert on audit_event to jhe_reader, jhe_writer;
grant usage on sequence audit_event_id to jhe_reader, jhe_writer;

-- People. Password hashes have no reader but the sign-in.
create policy self on app_user for select to jhe_reader, jhe_writer
  using (id = (select user_id from acting_user));
create policy of_visible_patient on app_user for select to jhe_reader, jhe_writer
  using (id in (select user_id from visible_patient_user));
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
grant select on organization to jhe_reader;
grant select, insert, update on organization to jhe_writer;

create policy own on membership for select to jhe_reader, jhe_writer
  using (practitioner_id = (select practitioner_id from acting_user));
create policy shared_organization on membership for select to jhe_reader, jhe_writer
  using (organization_id in (select organization_id from acting_membership));
create policy administer on membership for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy govern on membership for insert to jhe_writer
  with check (organization_id in (select organization_id from governed_organization));
create policy found on membership for insert to jhe_writer
  with check (true
    and practitioner_id = (select practitioner_id from acting_user)
    and organization_id in (select organization_id from founded_organization)
    and role = 'manager');
create policy change on membership for update to jhe_writer
  using (organization_id in (select organization_id from governed_organization));
create policy remove on membership for delete to jhe_writer
  using (organization_id in (select organization_id from governed_organization));
grant select on membership to jhe_reader;
grant select, insert, update, delete on membership to jhe_writer;

create policy published on setting for select to jhe_reader, jhe_writer
  using (key in ('organization.self_service_top_level'));
grant select on setting to jhe_reader, jhe_writer;

-- A new patient belongs to nobody until the next statement of the same transaction adds an organization.
create policy register on patient for insert to jhe_writer
  with check (exists (select from managed_organization));
grant insert on patient to jhe_writer;
-- A login made for a patient: no password, no powers, nothing proved about the address.
create policy register on app_user for insert to jhe_writer
  with check (true
    and exists (select from managed_organization)
    and user_type = 'patient');
-- Powers, a password or a verified address cannot even be named in the insert.
grant insert (id, email, first_name, last_name, user_type) on app_user to jhe_writer;
