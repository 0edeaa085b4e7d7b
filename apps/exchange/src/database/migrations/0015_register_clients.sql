-- Why:  programs that register themselves (RFC 7591) say what they would like; a person decides. A client can bind its
--       tokens to a key of its own (RFC 9449).
-- Lock: adds columns without defaults that need a rewrite. Safe while an older version runs: yes.

alter table client
  -- What a client that registered itself said about itself; null for those that were registered by people.
  add column registration jsonb,
  add column requires_dpop boolean not null default false;
create index client_waiting on client (created_at) where approved_at is null;
