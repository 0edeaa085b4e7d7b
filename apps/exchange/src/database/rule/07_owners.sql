-- The views and the questions belong to jhe_rule, which sees only what the rule needs; they answer for the transaction's
-- user alone. What writes mail belongs to jhe_system. Roles may own functions, but not make any: hence the grant that is
-- taken back.
grant create on schema public to jhe_rule, jhe_system;
do $$
declare
  named record;
begin
  for named in select viewname from pg_views where schemaname = 'public' loop
    execute format('alter view %I owner to jhe_rule', named.viewname);
    execute format('grant select on %I to jhe_reader, jhe_writer', named.viewname);
  end loop;
  for named in
    select p.oid::regprocedure::text as signature, p.provolatile = 'v' or p.proname = 'invitation_rules' as of_system
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
  loop
    execute format('revoke execute on function %s from public', named.signature);
    execute format('alter function %s owner to %I', named.signature,
      case when named.of_system then 'jhe_system' else 'jhe_rule' end);
    -- What the system role answers belongs to deeds that write.
    execute format('grant execute on function %s to %s', named.signature,
      case when named.of_system then 'jhe_writer' else 'jhe_reader, jhe_writer' end);
  end loop;
end
$$;
revoke create on schema public from jhe_rule, jhe_system;
grant select on acting_user, manageable_patient to jhe_system;

grant select on practitioner, patient, organization, membership, patient_organization, study, requested_code,
  enrollment, consent to jhe_rule;
grant select (id, superuser, email, email_verified, active) on app_user to jhe_rule;
