-- Why:  the trace of every passage through the gate, and what the authorization server remembers.
-- Lock: creates only. Safe while an older version runs: yes.

-- One row for each patient whose rows were disclosed or changed by a request; patient_id 0 when there was none.
create sequence audit_event_id;
create table audit_event (
  patient_id bigint not null default 0,
  id bigint not null default nextval('audit_event_id'),
  at timestamptz not null default now(),
  request_id text not null,
  user_id bigint,
  client_id text,
  interaction text not null,
  resource text not null,
  outcome text not null check (outcome in ('ok', 'refused', 'failed')),
  rows integer not null default 0,
  reason text,
  primary key (patient_id, id)
);
create index audit_event_at on audit_event using brin (at);

-- oidc-provider's adapter: sessions, grants, codes, refresh tokens.
create table oauth_model (
  model text not null,
  id text not null,
  payload jsonb not null,
  grant_id text,
  uid text,
  user_code text,
  expires_at timestamptz,
  consumed_at timestamptz,
  primary key (model, id)
);
create index oauth_model_grant on oauth_model (grant_id) where grant_id is not null;
create index oauth_model_uid on oauth_model (model, uid) where uid is not null;
create index oauth_model_expires on oauth_model (expires_at);

-- Keys that sign tokens and page links. Private: only the system role sees them.
create table signing_key (
  kid text primary key,
  purpose text not null check (purpose in ('token', 'cookie', 'cursor')),
  key jsonb not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz
);

create table setting (
  key text primary key,
  value jsonb not null,
  last_updated timestamptz not null default now()
);
