-- The access rule of this database, whole: this folder is its one living text. `migrate` applies it in the order of the
-- file names, in one transaction, when its text has changed or a migration ran. So nothing of the rule stands anywhere
-- else: whatever a migration may have made or changed of it is taken away here.
-- Form: each clause stands on a line of its own and begins with "and", so that the mutation test can remove it.
-- Lock: every table for the moment of the exchange. An older server goes on with the new rule.
do $$
declare
  named record;
begin
  for named in select tablename, policyname from pg_policies where schemaname = 'public' loop
    execute format('drop policy %I on %I', named.policyname, named.tablename);
  end loop;
  for named in select viewname from pg_views where schemaname = 'public' loop
    execute format('drop view if exists %I cascade', named.viewname);
  end loop;
  -- Functions that triggers call belong to their tables, which are the migrations'.
  for named in select oid::regprocedure::text as signature from pg_proc
      where pronamespace = 'public'::regnamespace and prokind = 'f' and prorettype <> 'trigger'::regtype
        and not exists (select from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'e') loop
    execute format('drop function %s', named.signature);
  end loop;
end
$$;
revoke all on all tables in schema public from jhe_rule, jhe_reader, jhe_writer, jhe_system, jhe_server;
revoke all on all sequences in schema public from jhe_rule, jhe_reader, jhe_writer, jhe_system, jhe_server;
-- On columns a right is revoked by name.
do $$
declare
  named record;
begin
  for named in
    select distinct table_name, column_name, privilege_type, grantee from information_schema.column_privileges
    where table_schema = 'public' and grantee in ('jhe_rule', 'jhe_reader', 'jhe_writer', 'jhe_system', 'jhe_server')
  loop
    execute format('revoke %s (%I) on %I from %I', named.privilege_type, named.column_name, named.table_name,
      named.grantee);
  end loop;
end
$$;
