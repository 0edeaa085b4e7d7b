/** Typed client of the exchange's own faces. Runs in browsers and in Node. */
export { type Client, createClient, type PatientFilter, type TimeRange } from './client.ts';
export { ExchangeError, type Fault } from './fault.ts';
export { type AttemptStorage, createSession, type Session, type SessionOptions } from './session.ts';
export type { TransportOptions } from './transport.ts';
export type {
  App,
  Code,
  ConsentEvent,
  ConsentStudy,
  DataSource,
  Identifier,
  Launch,
  Member,
  Organization,
  OrganizationLite,
  Page,
  Patient,
  PatientConsents,
  PendingConsent,
  Point,
  Profile,
  Role,
  ScopeConsent,
  ScopeRequest,
  Series,
  SeriesValues,
  Study,
  StudyPurpose,
} from './wire.ts';
