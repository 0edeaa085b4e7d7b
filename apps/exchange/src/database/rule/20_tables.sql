-- Row level security on everything (wall 2): without a policy nobody sees a row. One permissive policy for each way to
-- be allowed; what grows with the people in sight is asked for each
-- row by itself (exists ...), and never computed whole; small sets of one's own are computed once for a statement.
do $$
declare
  name text;
begin
  for name in select tablename from pg_tables where schemaname = 'public' and tablename not in ('migration', 'rule', 'server_login') loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    -- access/system.ts is the only door to this role; its reasons are a closed, audited set.
    execute format('create policy system on %I to jhe_system using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to jhe_system', name);
  end loop;
  -- What the rule itself reads.
  foreach name in array array['app_user', 'practitioner', 'patient', 'organization', 'membership', 'patient_organization',
      'study', 'study_client', 'requested_code', 'enrollment', 'consent', 'code', 'client', 'declined_measure',
      'link_session', 'proposal', 'series', 'shown_study'] loop
    execute format('create policy rule on %I for select to jhe_rule using (true)', name);
  end loop;
end
$$;
-- What the rule itself changes: it closes and it notes, and never the other way.
create policy mix on series for update to jhe_rule using (true) with check (mixed);
create policy close on consent for update to jhe_rule using (true) with check (not opens);
create policy close on consent_event for insert to jhe_rule with check (decision = 'close');
create policy keep on declined_measure for insert to jhe_rule with check (true);
create policy propose on proposal for insert to jhe_rule with check (state = 'open');
create policy note on organization for update to jhe_rule using (true) with check (had_manager);
create policy tell on record_event for insert to jhe_rule with check (kind = 'manager-appointed');
grant usage on all sequences in schema public to jhe_writer;
-- The seed sets ids of its own and moves the sequences past them.
grant usage, select, update on all sequences in schema public to jhe_system;
grant usage on sequence audit_event_id to jhe_reader;
revoke update, delete on consent_event, audit_event, declined_measure from jhe_system;
revoke delete on record_event from jhe_system;
