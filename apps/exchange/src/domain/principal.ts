/** One letter of SMART App Launch 2.2's `.cruds`: create, read, update, delete, search. */
export type InteractionLetter = 'c' | 'r' | 'u' | 'd' | 's';

/** A granted SMART scope, already parsed; scopes that nobody understood are not here and so grant nothing. */
export type Grant = Readonly<{
  context: 'patient' | 'user' | 'system';
  /** A FHIR resource type, or `*`. */
  type: string;
  letters: string;
}>;

/**
 * Who is asking, with what power: a person acting through a client. Always passed as an argument, never ambient.
 * Grants only ever narrow what the person may see; a token with no resource scopes carries its client's defaults.
 */
export type Principal = Readonly<{
  userId: number;
  practitionerId: number | null;
  patientId: number | null;
  emailVerified: boolean;
  superuser: boolean;
  /** The OAuth client_id; `jhe-cli` for an operator at the command line. */
  clientId: string;
  grants: readonly Grant[];
}>;

/** How far a principal's grants reach for one interaction: all that the person sees, only their own record, nothing. */
export type Reach = 'all' | 'own' | 'nothing';

/** What the grants leave of the person's sight (SMART App Launch 2.2, section 7.1). */
export function reach(principal: Principal, type: string, letter: InteractionLetter): Reach {
  const matching = principal.grants.filter(
    (grant) => (grant.type === '*' || grant.type === type) && grant.letters.includes(letter),
  );
  if (matching.some((grant) => grant.context === 'user')) return 'all';
  if (matching.some((grant) => grant.context === 'patient') && principal.patientId !== null) return 'own';
  return 'nothing';
}
