/** One letter of SMART App Launch 2.2's `.cruds`: create, read, update, delete, search. */
export type InteractionLetter = 'c' | 'r' | 'u' | 'd' | 's';

/** A granted SMART scope, already parsed; scopes that nobody understood are not here and so grant nothing. */
export type Grant = Readonly<{
  /** `user`: whatever the person sees. `patient`: of that only the record of the patient in context. */
  context: 'patient' | 'user';
  /** A FHIR resource type, or `*`. */
  type: string;
  letters: string;
  /** Readings of these codes and no others (SMART App Launch 2.2, section 3.0.2.3). An empty list grants nothing. */
  codes?: readonly GrantedCode[];
}>;

/** A code as a granular scope names it; without a system it means the code in any system. */
export type GrantedCode = Readonly<{ system: string | null; code: string }>;

/**
 * What the request came with. A `person`'s session is one that somebody began by signing in or by opening a link; its
 * grant says which (and whether it is proved, the database knows). A `program` acts as the person who answers for it,
 * and never as a patient: API keys, backend clients, exchanged tokens, the command line.
 */
export type Session = Readonly<{ kind: 'person'; grantId: string }> | Readonly<{ kind: 'program' }>;
export const PROGRAM: Session = { kind: 'program' };

/**
 * Who is asking, with what power: a person acting through a client. Always passed as an argument, never ambient.
 * Grants only ever narrow what the person may see; a token with no resource scopes carries its client's defaults.
 */
export type Principal = Readonly<{
  userId: number;
  practitionerId: number | null;
  session: Session;
  /** The records that the person keeps, in a proved session; the one in use first. */
  patientIds: readonly number[];
  /** In an unproved session: the record that the link reaches, for the organization that gave it. */
  link: Readonly<{ patientId: number; organizationId: number }> | null;
  /** The record that the person acts for, in either kind of session: the first of their own, or the link's. */
  patientId: number | null;
  emailVerified: boolean;
  superuser: boolean;
  /** Whose record `patient/` scopes are about: the patient of the launch, else the person's own; null without either. */
  patientInContext: number | null;
  /** The OAuth client_id; `jhe-cli` for an operator at the command line. */
  clientId: string;
  grants: readonly Grant[];
}>;

/** How far a principal's grants reach for one interaction: all that the person sees, one patient's record, nothing. */
export type Reach = 'all' | 'one patient' | 'nothing';

/** The grants that speak about an interaction with a type; those about a patient only where one is in context. */
export function grantsFor(principal: Principal, type: string, letter: InteractionLetter): Grant[] {
  return principal.grants.filter(
    (grant) =>
      (grant.type === '*' || grant.type === type) &&
      grant.letters.includes(letter) &&
      (grant.context === 'user' || principal.patientInContext !== null),
  );
}

/** What the grants leave of the person's sight, whatever the code (SMART App Launch 2.2, section 3.0.2). */
export function reach(principal: Principal, type: string, letter: InteractionLetter): Reach {
  const matching = grantsFor(principal, type, letter);
  if (matching.some((grant) => grant.context === 'user')) return 'all';
  return matching.length > 0 ? 'one patient' : 'nothing';
}
