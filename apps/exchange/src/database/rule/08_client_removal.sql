-- A client that is removed takes its access along, whoever removes it and wherever. Its tokens carry the id of its
-- registration, which is what is listed as ended, so that its name is free at once; and of what is stored for it nothing is
-- left for whoever gets the name. The trigger is the table's (migration 0016), and so is the owner, jhe_system.
create or replace function end_access_with_client() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  -- A day is the longest that an access token lives.
  insert into oauth_model (model, id, payload, expires_at)
  values ('Revocation', 'client ' || old.id, '{}', now() + interval '1 day')
  on conflict (model, id) do update set expires_at = excluded.expires_at;
  delete from oauth_model m where m.payload->>'clientId' = old.client_id;
  return null;
end
$$;
