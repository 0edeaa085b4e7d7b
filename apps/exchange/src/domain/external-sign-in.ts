/** May somebody for whom an institution vouches come in, and as whom: one rule for SAML and OpenID Connect. */

import { readEmailAddress } from './email-address.ts';

/** What an institution said, after its signature was found right. */
export type Assertion = Readonly<{
  /** The institution's own name: entity id or issuer. With `subject` it names one person for good. */
  issuer: string;
  subject: string;
  email: string | undefined;
  /** It says that the address is the person's, and the operator believes it. */
  emailVerified: boolean;
  firstName: string;
  lastName: string;
}>;

/** Somebody who has an account here already. */
export type KnownPerson = Readonly<{
  userId: number;
  active: boolean;
  superuser: boolean;
  emailVerified: boolean;
  isPractitioner: boolean;
  isPatient: boolean;
}>;

export type Facts = Readonly<{
  assertion: Assertion;
  /** The account that this issuer and subject belong to. */
  linked: KnownPerson | undefined;
  /** The account that has the asserted address, compared without case. */
  sameEmail: KnownPerson | undefined;
  emailAuthentication: boolean;
  /** Domains that this institution may vouch for; undefined or empty means any. */
  domainsOfInstitution: readonly string[] | undefined;
  /** Domains from which somebody may sign up at all: the setting auth.sso.valid_domains. */
  domainsOfExchange: readonly string[];
}>;

export type Decision =
  | Readonly<{ kind: 'sign-in'; userId: number }>
  | Readonly<{ kind: 'link'; userId: number }>
  | Readonly<{ kind: 'sign-up'; email: string }>
  /** `why` is for the trail and the log; people see whether an address was missing, and nothing else. */
  | Readonly<{ kind: 'refuse'; why: Why; userId?: number }>;

export type Why =
  | 'patient'
  | 'inactive'
  | 'superuser'
  | 'no e-mail'
  | 'e-mail not verified'
  | 'e-mail not linkable'
  | 'domain';

/**
 * Patients sign in their own way, never through an institution: nobody but the patient acts as the patient, and that
 * holds for somebody who works here as well.
 */
const isPatientAccount = ({ isPatient }: KnownPerson) => isPatient;

export function decideExternalSignIn(facts: Facts): Decision {
  const { assertion, linked, sameEmail, emailAuthentication } = facts;
  const refuse = (why: Why, userId?: number): Decision =>
    userId === undefined ? { kind: 'refuse', why } : { kind: 'refuse', why, userId };

  if (linked) {
    if (!linked.active) return refuse('inactive', linked.userId);
    if (isPatientAccount(linked)) return refuse('patient', linked.userId);
    return { kind: 'sign-in', userId: linked.userId };
  }

  const { email, emailVerified } = assertion;
  if (email === undefined) return refuse('no e-mail');
  // Whoever administers here does so by what this exchange knows itself.
  if (sameEmail?.superuser) return refuse('superuser', sameEmail.userId);
  if (sameEmail && isPatientAccount(sameEmail)) return refuse('patient', sameEmail.userId);
  if (!emailVerified) return refuse('e-mail not verified', sameEmail?.userId);
  if (!isWithin(email, facts.domainsOfInstitution ?? [])) return refuse('domain', sameEmail?.userId);

  if (sameEmail) {
    const { userId, active, isPractitioner } = sameEmail;
    if (!active) return refuse('inactive', userId);
    if (!emailAuthentication || !isPractitioner || !sameEmail.emailVerified) {
      return refuse('e-mail not linkable', userId);
    }
    return { kind: 'link', userId };
  }
  return isWithin(email, facts.domainsOfExchange) ? { kind: 'sign-up', email } : refuse('domain');
}

/** Whether the part after the last @ is one of these domains, without regard to case; no domains means any. */
function isWithin(email: string, domains: readonly string[]): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return domains.length === 0 || domains.some((allowed) => allowed.toLowerCase() === domain);
}

/** The domains of a list such as `@example.edu, example.org`. */
export function parseDomains(list: unknown): string[] {
  if (typeof list !== 'string') return [];
  return list
    .split(',')
    .map((part) => part.trim().replace(/^@/, '').toLowerCase())
    .filter((part) => part !== '');
}

/** An address as an institution sends it; undefined when it is none that mail could be sent to. */
export function toEmail(value: unknown): string | undefined {
  return typeof value === 'string' && !/\p{Cc}/u.test(value) ? readEmailAddress(value) : undefined;
}
