/** Scopes that are about the person or the launch, not about resources. */
export const IDENTITY_SCOPES = [
  'openid',
  'email',
  'profile',
  'fhirUser',
  'offline_access',
  'online_access',
  'launch',
  'launch/patient',
  'launch/encounter',
] as const;
