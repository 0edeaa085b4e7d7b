-- Why:  a person changes the e-mail address of the login with which they keep a record; it stands in the record's history.
-- Lock: reads record_event once under a lock that lets nobody write to it. Safe while an older version runs: yes; it
--       shows such a line without words.

alter table record_event drop constraint record_event_kind_check;
alter table record_event add constraint record_event_kind_check check (kind in ('proposed', 'enrolled', 'unenrolled',
  'attested', 'link-issued', 'link-opened', 'corrected', 'proved', 'joined', 'left', 'staff-declined', 'asked-again',
  'manager-appointed', 'address-changed'));
