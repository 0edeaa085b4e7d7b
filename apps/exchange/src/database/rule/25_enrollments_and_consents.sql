-- Enrolments: in its own keeping an organization enrols by itself; a person who keeps the record accepts a proposal.
-- (Of the row alone: a row that is being made is not yet in own_enrollment.)
create policy own on enrollment for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from acting_patient)
    and (exists (select from own_pages) or study_id in (select study_id from app_study)));
create policy linked on enrollment for select to jhe_reader, jhe_writer
  using ((patient_id, study_id) in (select patient_id, study_id from link_study));
create policy shared_organization on enrollment for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from member_study));
create policy administer on enrollment for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy enroll on enrollment for insert to jhe_writer
  with check (exists (
    select from manageable_study s, kept_patient p
    where true
      and s.study_id = enrollment.study_id
      and p.patient_id = enrollment.patient_id
      and p.organization_id = s.organization_id));
create policy accept on enrollment for insert to jhe_writer
  with check ((patient_id, study_id) in (select patient_id, study_id from open_proposal));
create policy remove on enrollment for delete to jhe_writer
  using (study_id in (select study_id from manageable_study));
create policy leave on enrollment for delete to jhe_writer
  using ((patient_id, study_id) in (select patient_id, study_id from own_enrollment));
grant select on enrollment to jhe_reader;
grant select, insert, delete on enrollment to jhe_writer;

-- Proposals: the person's to see and to decide, on our own pages. Whoever proposes (propose_study) never sees them again.
create policy own on proposal for select to jhe_reader, jhe_writer
  using (true
    and exists (select from own_pages)
    and patient_id in (select patient_id from acting_patient));
create policy decide on proposal for update to jhe_writer
  using (true
    and exists (select from own_pages)
    and patient_id in (select patient_id from acting_patient));
grant select on proposal to jhe_reader, jhe_writer;
grant update (state, decided_at, study_name) on proposal to jhe_writer;

-- Consent: the answer now. Her own answer stands above everybody's; a link's and a manager's are attested; staff may turn
-- a yes into a no.
create policy own on consent for select to jhe_reader, jhe_writer
  using ((patient_id, study_id) in (select patient_id, study_id from own_enrollment));
create policy linked on consent for select to jhe_reader, jhe_writer
  using ((patient_id, study_id) in (select patient_id, study_id from link_study));
create policy shared_organization on consent for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from member_study));
create policy administer on consent for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));

create policy answer on consent for insert to jhe_writer
  with check (true
    and own
    and (patient_id, study_id, code_id) in (select patient_id, study_id, code_id from own_question));
create policy answer_by_link on consent for insert to jhe_writer
  with check (true
    and not own
    and link_session = (select grant_id from acting_link)
    and (patient_id, study_id, code_id) in (select patient_id, study_id, code_id from link_question)
    and (not permitted
      or (patient_id, study_id, code_id) in (select patient_id, study_id, code_id from link_permittable)));
create policy attest on consent for insert to jhe_writer
  with check (true
    and not own
    and link_session is null
    and basis <> ''
    and exists (
    select from attestable_question q
    where true
      and (q.patient_id, q.study_id, q.code_id) = (consent.patient_id, consent.study_id, consent.code_id)));
create policy decline on consent for insert to jhe_writer
  with check (true
    and not own
    and link_session is null
    and not permitted
    and exists (
    select from declinable_question q
    where true
      and (q.patient_id, q.study_id, q.code_id) = (consent.patient_id, consent.study_id, consent.code_id)));

create policy answer_anew on consent for update to jhe_writer
  using ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from own_question))
  with check (true
    and own
    and (patient_id, study_id, code_id) in (select patient_id, study_id, code_id from own_question));
-- A link's session touches by this policy alone, so that what it touches is a question of its own.
create policy answer_anew_by_link on consent for update to jhe_writer
  using ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from link_question))
  with check (true
    and not own
    and link_session = (select grant_id from acting_link)
    and (not permitted
      or (patient_id, study_id, code_id) in (select patient_id, study_id, code_id from link_permittable)));
-- Whoever attests turns into a no as well, and touches by that policy. In the organization's keeping no answer is her own.
create policy attest_anew on consent for update to jhe_writer
  with check (true
    and not own
    and link_session is null
    and basis <> ''
    and exists (
    select from attestable_question q
    where true
      and (q.patient_id, q.study_id, q.code_id) = (consent.patient_id, consent.study_id, consent.code_id)));
create policy turn_into_no on consent for update to jhe_writer
  using (exists (
    select from declinable_question q
    where true
      and (q.patient_id, q.study_id, q.code_id) = (consent.patient_id, consent.study_id, consent.code_id)))
  with check (true
    and not permitted
    and link_session is null
    and exists (
    select from declinable_question q
    where true
      and (q.patient_id, q.study_id, q.code_id) = (consent.patient_id, consent.study_id, consent.code_id)));

create policy clear on consent for delete to jhe_writer
  using ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from own_question));
create policy clear_by_link on consent for delete to jhe_writer
  using ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from link_question));
create policy unenroll on consent for delete to jhe_writer
  using (study_id in (select study_id from manageable_study));
grant select on consent to jhe_reader;
grant select, insert, update, delete on consent to jhe_writer;
grant usage on sequence consent_id to jhe_writer;

-- Everything ever answered, in studies that the person has left as well.
create policy own on consent_event for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from acting_patient)
    and (exists (select from own_pages) or study_id in (select study_id from app_study)));
create policy linked on consent_event for select to jhe_reader, jhe_writer
  using ((patient_id, study_id) in (select patient_id, study_id from link_study));
create policy shared_organization on consent_event for select to jhe_reader, jhe_writer
  using (study_id in (select study_id from member_study));
create policy administer on consent_event for select to jhe_reader, jhe_writer
  using (exists (select from acting_user where superuser));
create policy append on consent_event for insert to jhe_writer
  with check (true
    and actor_user_id = (select user_id from acting_user)
    and own
    and (patient_id, study_id, code_id) in (select patient_id, study_id, code_id from own_question));
create policy append_by_others on consent_event for insert to jhe_writer
  with check (true
    and actor_user_id = (select user_id from acting_user)
    and not own
    and ((patient_id, study_id, code_id) in (select patient_id, study_id, code_id from link_question)
      or study_id in (select study_id from manageable_study)));
grant select on consent_event to jhe_reader;
grant select, insert on consent_event to jhe_writer;
grant usage on sequence consent_event_id to jhe_writer;

-- Her noes, kept for good: written by decline_measures alone.
create policy own on declined_measure for select to jhe_reader, jhe_writer
  using (true
    and exists (select from own_pages)
    and patient_id in (select patient_id from acting_patient));
grant select on declined_measure to jhe_reader, jhe_writer;
