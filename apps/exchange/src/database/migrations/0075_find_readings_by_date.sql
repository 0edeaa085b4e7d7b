-- Outside a transaction.
-- Why:  readings of many people by date, and how many there are of some days, were found by reading and sorting all of them.
--       With what the access rule asks about beside the date, those of nobody in sight are passed over in the index.
-- Lock: none; built beside writers, minutes for tens of millions of readings. Broken off, it is begun anew.
-- Safe while an older version runs: yes.
drop index concurrently if exists observation_date;
create index concurrently observation_date on observation (effective_start, id)
  include (patient_id, code_id, effective_end);
