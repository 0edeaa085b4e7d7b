-- Why:  mail that was sent, or will never be, keeps no text: the links in it work for whoever reads them. From now on the
--       sender blanks it; this does it for what was sent before.
-- Lock: rewrites rows of mail, a week's worth at most. Safe while an older version runs: yes.

update mail set body = '' where body <> '' and (sent_at is not null or next_attempt_at = 'infinity');
