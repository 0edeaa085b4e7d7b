-- Why:  a practitioner names API keys to tell them apart; a token exchange finds a practitioner by the name that an EHR
--       has for them.
-- Lock: a column with a constant default (brief); an index on app_user, which is small. Safe while an older version
--       runs: yes.

alter table client add column label text not null default '' check (char_length(label) <= 200);

create index app_user_identifier on app_user (identifier) where identifier <> '';
