-- Why:  the second wall. The server signs in as jhe_server, which owns nothing and may do nothing; the gate
--       takes one of the other roles for one transaction at a time.
-- Lock: none that others wait for. Safe while an older version runs: yes.
-- Roles belong to the cluster, not to the database, hence the guards.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['jhe_rule', 'jhe_reader', 'jhe_writer', 'jhe_system'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin noinherit', wanted);
    end if;
  end loop;
  if not exists (select from pg_roles where rolname = 'jhe_server') then
    create role jhe_server login noinherit;
  end if;
end
$$;

-- Statements here are many and short; compiling one costs more than running it (page of a cohort: 200 ms with, 22 without).
alter role jhe_server set jit = off;

-- jhe_rule owns the views that state the access rule; the migrating user must be able to hand them over.
grant jhe_rule to current_user;
grant jhe_reader, jhe_writer, jhe_system to jhe_server;
grant usage on schema public to jhe_rule, jhe_reader, jhe_writer, jhe_system, jhe_server;
grant create on schema public to jhe_rule;
