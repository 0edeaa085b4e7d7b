-- Outside a transaction.
-- Why:  the newest lines of the trail were found by sorting all of it.
-- Lock: none; built beside writers. Broken off, it is begun anew.
-- Safe while an older version runs: yes.
drop index concurrently if exists audit_event_arrival;
create index concurrently audit_event_arrival on audit_event (id);
