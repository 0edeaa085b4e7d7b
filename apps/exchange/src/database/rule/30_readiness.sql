-- What the server compares to know that the database is as it expects (database/readiness.ts): names and hashes.
grant select on migration, rule to jhe_system;
