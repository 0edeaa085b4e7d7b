-- Why:  the password of jhe_server followed from the owner's connection string, and from nothing but public facts where
--       that has no password. Now it is random, and kept where only the owner reads it: no role of the exchange does.
-- Lock: creates only. Safe while an older version runs: it keeps its connections but gets no new ones as soon as a newer
--       server has set the password; replace all servers.
create table server_login (
  password text not null,
  only_one boolean not null default true unique check (only_one)
);
