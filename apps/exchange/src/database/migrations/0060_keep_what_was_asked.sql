-- Why:  what a person was asked went out of their own sight with the study: a proposal that they declined, and the history
--       of a study that they left or that was removed, named nothing any more. The names as they were then stand beside
--       what happened. And the history keeps until when a yes was given.
-- Lock: adds columns without defaults; fills them row by row where the study is still there (seconds for a million
--       lines of history). Safe while an older version runs: yes, it writes lines without names.

alter table proposal add column organization_name text, add column study_name text;
alter table record_event add column organization_name text, add column study_name text;
alter table consent_event add column study_name text, add column ends_at timestamptz;

update proposal r set
  organization_name = (select o.name from organization o where o.id = r.organization_id),
  study_name = (select s.name from study s where s.id = r.study_id);
update record_event v set
  organization_name = (select o.name from organization o where o.id = v.organization_id),
  study_name = (select s.name from study s where s.id = v.study_id)
where v.organization_id is not null or v.study_id is not null;
update consent_event v set study_name = s.name from study s where s.id = v.study_id;
