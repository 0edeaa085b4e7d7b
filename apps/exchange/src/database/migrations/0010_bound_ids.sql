-- Why:  an id is read as a JavaScript number, which holds integers below 2^53 exactly; so none is handed out beyond.
-- Lock: each sequence for an instant. Safe while an older version runs: yes.
do $$
declare
  name regclass;
begin
  for name in select oid from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace loop
    execute format('alter sequence %s maxvalue 9007199254740991', name);
  end loop;
end
$$;
