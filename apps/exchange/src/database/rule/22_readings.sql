-- Readings, and what is counted of them.
create policy own on observation for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from acting_patient));
create policy consented on observation for select to jhe_reader, jhe_writer
  using ((patient_id, code_id) in (select patient_id, code_id from readable_series));
-- A reading says how the record was kept when it was recorded.
create policy record on observation for insert to jhe_writer
  with check ((patient_id, code_id, coalesce(keeper_organization_id, 0)) in (
    select patient_id, code_id, keeper from recordable_series));
grant select on observation to jhe_reader;
grant select, insert on observation to jhe_writer;
grant usage on sequence observation_id to jhe_writer;

create policy own on observation_identifier for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from acting_patient));
create policy consented on observation_identifier for select to jhe_reader, jhe_writer
  using ((patient_id, code_id) in (select patient_id, code_id from readable_series));
create policy record on observation_identifier for insert to jhe_writer
  with check ((patient_id, code_id) in (select patient_id, code_id from recordable_series));
grant select on observation_identifier to jhe_reader;
grant select, insert on observation_identifier to jhe_writer;

create policy own on series for select to jhe_reader, jhe_writer
  using (patient_id in (select patient_id from acting_patient));
create policy consented on series for select to jhe_reader, jhe_writer
  using ((patient_id, code_id) in (select patient_id, code_id from readable_series));
create policy record on series for insert to jhe_writer
  with check ((patient_id, code_id) in (select patient_id, code_id from recordable_series));
-- What a person keeps is counted in mixed series only: mix_series comes first. Nobody can unmix, and no update can make it
-- another series.
create policy count on series for update to jhe_writer
  using ((patient_id, code_id) in (select patient_id, code_id from recordable_series))
  with check (mixed or observations = 0
    or (patient_id, code_id) in (select patient_id, code_id from recordable_series where keeper <> 0));
grant select on series to jhe_reader, jhe_writer;
grant insert (patient_id, code_id) on series to jhe_writer;
grant update (observations, first_effective, last_effective, last_arrival) on series to jhe_writer;
