-- Why:  the readings. The submitted data point is kept byte for byte; the columns beside it are facts taken from
--       it so that it can be found. Patient-owned: patient_id is in every key.
-- Lock: creates only. Safe while an older version runs: yes.

-- Ids are handed out by the server on arrival, so that id order is the order of arrival (see the ADR on ids).
create sequence observation_id start with 60001 maxvalue 9007199254740991;

create table observation (
  patient_id bigint not null references patient on delete cascade,
  id bigint not null,
  code_id bigint not null references code,
  data_source_id bigint references data_source on delete set null,
  data_point_uuid uuid not null,
  status text not null default 'final' check (status in (
    'registered', 'preliminary', 'final', 'amended', 'corrected', 'appended', 'cancelled', 'entered-in-error', 'unknown')),
  effective_start timestamptz,
  effective_end timestamptz,
  value double precision,
  unit text,
  data_point json not null,
  last_updated timestamptz not null default now(),
  recorded_by bigint,
  recorded_client text,
  primary key (patient_id, id)
);
-- A retry of an upload is recognised by the data point's own uuid, per patient and source.
create unique index observation_data_point on observation (patient_id, data_point_uuid, data_source_id) nulls not distinct;
-- Read by id, and the default order of a search: newest arrival first.
create index observation_arrival on observation (id);
-- One series over its own time: charts and _sort=date.
create index observation_series on observation (patient_id, code_id, effective_start, id);
-- _lastUpdated: the table is appended to, so block ranges are enough.
create index observation_last_updated on observation using brin (last_updated);

create table observation_identifier (
  patient_id bigint not null,
  observation_id bigint not null,
  code_id bigint not null,
  system text not null,
  value text not null,
  primary key (patient_id, observation_id, system, value),
  unique (patient_id, system, value),
  foreign key (patient_id, observation_id) references observation (patient_id, id) on delete cascade
);

-- The unit of consent, and what there is of it: counted in the transaction that records, so that the exact total of
-- a search over whole series costs a sum over series and not a count over readings.
create table series (
  patient_id bigint not null references patient on delete cascade,
  code_id bigint not null references code,
  observations bigint not null default 0,
  first_effective timestamptz,
  last_effective timestamptz,
  last_arrival timestamptz,
  primary key (patient_id, code_id)
);
