-- Why:  a client that registers itself waits for a person to look at it, and so many may wait at most. One sender could
--       fill the queue and close it for everybody: how many wait from one network is counted by a keyed hash of it.
-- Lock: adds a column without a default. Safe while an older version runs: yes.

alter table client add column registered_from text check (char_length(registered_from) <= 64);
