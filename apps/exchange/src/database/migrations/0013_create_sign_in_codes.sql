-- Why:  signing in with a code that is sent by e-mail. A code belongs to the visit that asked for it, one at a time; it
--       is kept as a hash. Without a person: nobody has the address, and whoever asks is told the same as everybody.
-- Lock: creates only. Safe while an older version runs: yes.

create table sign_in_code (
  visit_uid text primary key,
  user_id bigint references app_user on delete cascade,
  email text not null,
  code_hash text not null check (char_length(code_hash) = 43),
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  failures integer not null default 0,
  used_at timestamptz
);
create index sign_in_code_expires on sign_in_code (expires_at);
create index sign_in_code_user on sign_in_code (user_id) where user_id is not null;

alter table sign_in_code enable row level security;
alter table sign_in_code force row level security;
create policy system on sign_in_code to jhe_system using (true) with check (true);
grant select, insert, update, delete on sign_in_code to jhe_system;

-- Links that are over are removed.
create index account_link_expires on account_link (expires_at);
