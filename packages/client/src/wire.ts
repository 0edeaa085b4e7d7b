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

/**
 * A patient's readings of one code, as far as the caller may read them now: what is open and has no reading yet is there
 * with a count of 0. Times are ISO 8601.
 */
export type Series = Readonly<{
  codeId: number;
  codingSystem: string;
  codingCode: string;
  text: string;
  /** The unit that it is drawn in unless another of `units` is asked for; null where readings are drawn as they came. */
  unit: string | null;
  units: readonly string[];
  /** Number of readings. */
  count: number;
  firstEffective: string | null;
  lastEffective: string | null;
  lastArrival: string | null;
  /** The latest that was not entered in error; minutes east of UTC of its own clock, null when it says none. */
  lastReading: Readonly<{ time: string; offsetMinutes: number | null }> | null;
}>;

/** One reading: when (epoch milliseconds), its primary value, and the second of readings that have two. */
export type Point = readonly [at: number, value: number, second?: number];

/**
 * The figures of the readings of one day (YYYY-MM-DD, on their own clock; in UTC where they say none). `classes`: how many lie
 * below the first of the limits that were asked for, between the first and the second, and so on.
 */
export type DayFigures = Readonly<{
  day: string;
  count: number;
  sum: number;
  min: number;
  max: number;
  secondSum: number | null;
  secondMin: number | null;
  secondMax: number | null;
  /** Time that the readings speak for, in milliseconds. */
  coveredMs: number;
  classes: readonly number[];
}>;

/** Readings in one unit, in order of time. `count` is of all; the figures by day are there when not all have their point. */
export type SeriesLine = Readonly<{
  unit: string | null;
  count: number;
  points: readonly Point[];
  days: readonly DayFigures[] | null;
}>;

/** The readings of a series in a stretch of time. Nothing is left out without being counted here. */
export type SeriesValues = SeriesLine &
  Readonly<{
    /** What the two numbers of a reading are called; empty where it has one. */
    parts: readonly string[];
    /** Lines in units that nothing converts into the unit of the series. */
    others: readonly SeriesLine[];
    /** Readings that came in another unit and are in the line. */
    converted: readonly Readonly<{ unit: string; count: number }>[];
    leftOut: Readonly<{ enteredInError: number; undated: number; withoutNumber: number }>;
    /** Of each so many milliseconds the lowest and the highest reading is there; null: every reading. */
    everyMs: number | null;
    /** From when on (epoch milliseconds) the readings' own clock was so many minutes east of UTC; empty when none says. */
    clock: readonly (readonly [at: number, offsetMinutes: number])[];
    from: string | null;
    to: string | null;
  }>;
