-- Whoever invites a patient can have the link sent without ever holding it: the mail is written in the same transaction,
-- to the address that the organization has for the record, and nobody signed in can read it.

-- Writes to the patient of an invitation that the acting user has just issued; false for any other.
create function mail_invitation(wanted_invitation_id bigint, mail_subject text, mail_body text) returns boolean
language sql volatile security definer set search_path = public, pg_temp
as $$
  with sent as (
    insert into mail (recipient, subject, body)
    select p.contact_email, mail_subject, mail_body
    from invitation i
    join patient p on p.id = i.patient_id
    where true
      and i.id = wanted_invitation_id
      and i.status = 'issued'
      and i.issued_by = (select user_id from acting_user)
      and i.patient_id in (select patient_id from invitable_patient)
      and p.contact_email is not null
    returning id)
  select exists (select from sent)
$$;

-- What the exchange asks of every invitation, whoever issues it.
create function invitation_rules() returns table (by_email_only boolean, asks_birth_date boolean)
language sql stable security definer set search_path = public, pg_temp
as $$
  select
    coalesce((select value = 'true'::jsonb from setting where key = 'auth.patient.invitation_email_only'), false),
    coalesce((select value = 'true'::jsonb from setting where key = 'auth.patient.invitation_ask_birth_date'), false)
$$;
