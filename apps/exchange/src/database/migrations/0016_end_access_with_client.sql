-- Why:  a client that is removed takes its access along, whoever removes it and wherever: what people granted to it is
--       revoked, so that tokens that are out there end, and nothing is left for a client that gets the name later.
-- Lock: creates only. Safe while an older version runs: yes.

create function end_access_with_client() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  -- A day is the longest that an access token lives.
  insert into oauth_model (model, id, payload, expires_at)
  select 'Revocation', g.id, '{}', now() + interval '1 day'
  from oauth_model g
  where true
    and g.model = 'Grant'
    and g.payload->>'clientId' = old.client_id
  on conflict (model, id) do update set expires_at = excluded.expires_at;
  delete from oauth_model m
  where true
    and m.model in ('Grant', 'AuthorizationCode', 'RefreshToken')
    and m.payload->>'clientId' = old.client_id;
  return null;
end
$$;

grant create on schema public to jhe_system;
alter function end_access_with_client() owner to jhe_system;
revoke create on schema public from jhe_system;
revoke execute on function end_access_with_client() from public;

create trigger end_access after delete on client
  for each row execute function end_access_with_client();
