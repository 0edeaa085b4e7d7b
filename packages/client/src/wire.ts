/** The shapes of `/api/v1` as they come over the wire (contract section 3.2), for readers of the API. */

/** A kind of data a study can ask for and a patient can share. */
export type Code = Readonly<{ id: number; codingSystem: string; codingCode: string; text: string }>;

export type OrganizationLite = Readonly<{ id: number; name: string; type: string }>;

export type Role = 'manager' | 'member' | 'viewer' | 'super_user';

export type Organization = OrganizationLite &
  Readonly<{ partOf: number | null; currentUserRole: Role | null; children: readonly Organization[] }>;

export type DataSource = Readonly<{
  id: number;
  name: string;
  type: string;
  supportedScopes?: readonly Code[];
}>;

/** A registered app. `launchUri` is where it is opened about a patient. */
export type App = Readonly<{
  id: number;
  name: string;
  clientId: string;
  invitationUrl: string | null;
  launchUri: string | null;
}>;

/** An app that is being opened: the browser goes to `launchUrl` before it `expires`. */
export type Launch = Readonly<{ launch: string; launchUrl: string; expires: string }>;

/** What a study uses readings for: HL7 v3 PurposeOfUse. */
export type StudyPurpose = 'TREAT' | 'HRESCH' | 'CLINTRCH' | 'PUBHLTH' | 'HQUALIMP';

/** `endsAt`: when answers to it stop counting (ISO 8601); null without an end. */
export type Study = Readonly<{
  id: number;
  name: string;
  description: string;
  organization: OrganizationLite;
  iconUrl: string | null;
  purpose: StudyPurpose;
  endsAt: string | null;
}>;

/** Somebody who works for an organization. */
export type Member = Readonly<{
  id: number;
  email: string;
  firstName: string;
  lastName: string;
  role: Role;
}>;

export type Identifier = Readonly<{ id: number; system: string; value: string }>;

export type Patient = Readonly<{
  id: number;
  jheUserId: number | null;
  identifiers: readonly Identifier[];
  nameFamily: string | null;
  nameGiven: string | null;
  /** YYYY-MM-DD */
  birthDate: string | null;
  telecomPhone: string | null;
  telecomEmail: string | null;
  organizations: readonly OrganizationLite[];
}>;

/** The person who is signed in. A patient's profile carries no names (contract section 3.3). */
export type Profile = Readonly<{
  id: number;
  email?: string;
  firstName?: string;
  lastName?: string;
  patient: Readonly<{ id: number }> | null;
  userType: 'practitioner' | 'patient' | null;
  isSuperuser: boolean;
}>;

/** One page of a list; pages count from 1. */
export type Page<Item> = Readonly<{
  count: number;
  next: string | null;
  previous: string | null;
  results: readonly Item[];
}>;

/** A kind of data that a study asks for. */
export type ScopeRequest = Readonly<{ id: number; scopeCode: Code }>;

/** One question to a patient that waits for an answer. */
export type PendingConsent = Readonly<{ code: Code; consented: null; consentedTime: null }>;

/** One question to a patient and the answer. */
export type ScopeConsent = Readonly<{
  code: Code;
  consented: boolean;
  consentedTime: string;
  /** The patient's own answer; any other was recorded by somebody else. */
  confirmed: boolean;
  /** Whether a yes is in force: one that somebody else recorded may wait for the patient, or have stopped. */
  counts: boolean;
  /** The user who recorded it. */
  recordedBy: number | null;
  /** On what ground somebody else recorded it, for example a signed form. */
  basis: string | null;
  /** When a yes stops counting (ISO 8601); null without an end. */
  endsAt: string | null;
  /** The version of the study that was answered; null in answers from before versions were kept. */
  studyVersion: number | null;
}>;

/** One change of an answer, as the exchange recorded it. */
export type ConsentEvent = Readonly<{
  id: number;
  study: Readonly<{ id: number; name: string | null }>;
  code: Code;
  /** `end`: what it was given for is over. `close`: a yes that somebody else recorded stopped counting. */
  decision: 'permit' | 'decline' | 'withdraw' | 'clear' | 'end' | 'close';
  time: string;
  actorUserId: number;
  actorRole: string;
  basis: string | null;
  /** The patient's own. */
  confirmed: boolean;
  /** The version of the study's text that was answered. */
  studyVersion: number | null;
  /** Until when a yes was given (ISO 8601). */
  endsAt: string | null;
}>;

export type ConsentStudy = Readonly<{
  id: number;
  name: string;
  description: string;
  organization: OrganizationLite;
  /** The study as it stands now: whoever answers says which one they read. */
  version: number;
  dataSources: readonly DataSource[];
}>;

/** Who asked a patient for what, and the answers (contract section 4.2). A study can be in both lists. */
export type PatientConsents = Readonly<{
  patient: Patient;
  consolidatedConsentedScopes: readonly Code[];
  studiesPendingConsent: readonly (ConsentStudy &
    Readonly<{ pendingScopeConsents: readonly PendingConsent[] }>)[];
  studies: readonly (ConsentStudy & Readonly<{ scopeConsents: readonly ScopeConsent[] }>)[];
}>;

/** A patient's readings of one code, as far as the caller may read them now. Times are ISO 8601. */
export type Series = Readonly<{
  codeId: number;
  codingSystem: string;
  codingCode: string;
  text: string;
  /** Number of readings. */
  count: number;
  firstEffective: string | null;
  lastEffective: string | null;
  lastArrival: string | null;
}>;

/** One reading: when (epoch milliseconds) and its primary value in the series' unit. */
export type Point = readonly [at: number, value: number];

/** The readings of a series in order of time, at most 50,000. The unit is null where the measure has no number. */
export type SeriesValues = Readonly<{ unit: string | null; points: readonly Point[] }>;
