-- Why: an app learns of the studies that use it. Of a person's other studies it learns what the person ticked when
-- allowing it: that somebody takes part in a study says much about them. A tick ends with the enrolment that it is about.
-- Lock: none; a new table.
-- Safe: yes. Apps allowed before show the studies that use them, until the person ticks more.
create table shown_study (
  grant_id text not null,
  patient_id bigint not null,
  study_id bigint not null,
  shown_at timestamptz not null default now(),
  primary key (grant_id, patient_id, study_id),
  foreign key (patient_id, study_id) references enrollment (patient_id, study_id) on delete cascade
);
create index shown_study_of_enrollment on shown_study (patient_id, study_id);
