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
    select p.oid::regprocedure::text as signature, p.proname in ('mail_invitation', 'invitation_rules') as of_system, p.provolatile
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
  loop
    execute format('revoke execute on function %s from public', named.signature);
    execute format('alter function %s owner to %I', named.signature,
      case when named.of_system then 'jhe_system' else 'jhe_rule' end);
    -- What changes something belongs to deeds that write, and so does what the system role answers.
    execute format('grant execute on function %s to %s', named.signature,
      case when named.of_system or named.provolatile = 'v' then 'jhe_writer' else 'jhe_reader, jhe_writer' end);
  end loop;
end
$$;
revoke create on schema public from jhe_rule, jhe_system;
-- What writes mail asks who is acting: a view's functions run as whoever asks, not as the view's owner.
grant select on acting_user, invitable_patient to jhe_system;
grant execute on function acting() to jhe_system;

grant select on practitioner, patient, organization, membership, patient_organization, study, requested_code, study_client,
  enrollment, consent, code, declined_measure, link_session, proposal, series, shown_study to jhe_rule;
grant select (id, client_id) on client to jhe_rule;
-- What the questions that change something change.
grant update (mixed) on series to jhe_rule;
grant update (opens) on consent to jhe_rule;
grant update (had_manager, closed_until) on organization to jhe_rule;
grant insert on consent_event, declined_measure, proposal, record_event to jhe_rule;
grant usage on sequence consent_event_id, record_event_id to jhe_rule;
grant select (id, email, superuser, email_verified, active) on app_user to jhe_rule;
