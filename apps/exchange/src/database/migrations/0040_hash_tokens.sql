-- Why:  sessions, codes, refresh tokens and launches are kept by their hashes, so that a copy of the database opens
--       nothing. Those that there are go on working under their hashes; what is half done (a sign-in, a pushed request,
--       a code by mail) is minutes old at most and begins anew.
-- Lock: rewrites the rows of oauth_model, which are locked one by one. Safe while an older version runs: no; it finds
--       nobody's session and stores new ones in the clear, which this version does not find.

delete from oauth_model
where model in ('Interaction', 'PushedAuthorizationRequest', 'HalfSignIn', 'PasskeyChallenge', 'InstitutionRequest',
  'InstitutionTicket');
delete from sign_in_code;

-- As oauth/at-rest.ts makes it: SHA-256 over the model and the id, in base64url.
update oauth_model
set id = translate(encode(sha256(convert_to(model || ' ' || id, 'UTF8')), 'base64'), '+/=', '-_'),
  payload = payload - 'jti' - 'state'
where model in ('Session', 'AuthorizationCode', 'RefreshToken', 'Launch');
