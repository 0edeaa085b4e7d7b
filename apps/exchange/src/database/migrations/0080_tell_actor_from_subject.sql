-- Why:  user_id of the trail was who acted, or the account that a deed was about, whoever wrote the line: a wrong password
--       stood there as if its owner had typed it. user_id is who acted, once they have proved it; an account that somebody
--       unproved, or an operator at the command line, did something about stands beside it. Lines that were written before
--       are put right: the number moves to the other column, nothing is lost.
-- Lock: adds a column without a default; reads the trail once, and changes the lines of failed sign-ins, of mail that was
--       asked for, of sign-ups and of commands. Safe while an older version runs: yes; what it writes meanwhile stays as it
--       writes it.

alter table audit_event add column subject_user_id bigint;

update audit_event set subject_user_id = user_id, user_id = null
where user_id is not null
  and request_id = 'system'
  and (
    reason like 'operator%'
    or reason in ('account: ask for a new password', 'account: sign-up', 'sign-in: send code')
    or outcome = 'refused' and reason like 'sign-in%' and reason not like '%access was ended meanwhile');
