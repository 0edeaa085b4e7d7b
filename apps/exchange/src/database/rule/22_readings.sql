-- Readings, and what is counted of them. Every row of a page is asked for by itself: `offset 0` keeps PostgreSQL from
-- computing all that is in sight instead, which it would do for any page of a large table (ADR 0023).
create policy own on observation for select to jhe_reader, jhe_writer
  using (patient_id = any (array(select a.patient_id from acting_patient a)));
create policy consented on observation for select to jhe_reader, jhe_writer
  using (exists (
    select from readable_series r
    where true
      and r.patient_id = observation.patient_id
      and r.code_id = observation.code_id
    offset 0));
-- A reading says how the record was kept when it was recorded.
create policy record on observation for insert to jhe_writer
  with check (exists (
    select from recordable_series r
    where true
      and r.patient_id = observation.patient_id
      and r.code_id = observation.code_id
      and r.keeper = coalesce(observation.keeper_organization_id, 0)));
grant select on observation to jhe_reader;
grant select, insert on observation to jhe_writer;
grant usage on sequence observation_id to jhe_writer;

create policy own on observation_identifier for select to jhe_reader, jhe_writer
  using (patient_id = any (array(select a.patient_id from acting_patient a)));
create policy consented on observation_identifier for select to jhe_reader, jhe_writer
  using (exists (
    select from readable_series r
    where true
      and r.patient_id = observation_identifier.patient_id
      and r.code_id = observation_identifier.code_id
    offset 0));
create policy record on observation_identifier for insert to jhe_writer
  with check (exists (
    select from recordable_series r
    where true
      and r.patient_id = observation_identifier.patient_id
      and r.code_id = observation_identifier.code_id));
grant select on observation_identifier to jhe_reader;
grant select, insert on observation_identifier to jhe_writer;

create policy own on series for select to jhe_reader, jhe_writer
  using (patient_id = any (array(select a.patient_id from acting_patient a)));
create policy consented on series for select to jhe_reader, jhe_writer
  using (exists (
    select from readable_series r
    where true
      and r.patient_id = series.patient_id
      and r.code_id = series.code_id));
create policy record on series for insert to jhe_writer
  with check (exists (
    select from recordable_series r
    where true
      and r.patient_id = series.patient_id
      and r.code_id = series.code_id));
-- What a person keeps is counted in mixed series only: mix_series comes first. Nobody can unmix, and no update can make it
-- another series.
create policy count on series for update to jhe_writer
  using (exists (
    select from recordable_series r
    where true
      and (r.patient_id, r.code_id) = (series.patient_id, series.code_id)))
  with check (mixed or observations = 0 or exists (
    select from recordable_series r
    where true
      and (r.patient_id, r.code_id) = (series.patient_id, series.code_id)
      and r.keeper <> 0));
grant select on series to jhe_reader, jhe_writer;
grant insert (patient_id, code_id) on series to jhe_writer;
grant update (observations, first_effective, last_effective, last_arrival) on series to jhe_writer;
