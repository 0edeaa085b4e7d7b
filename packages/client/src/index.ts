/** Typed client of the exchange's own faces. Runs in browsers and in Node. */
export {
  type Client,
  createClient,
  type PatientFilter,
  type TimeRange,
  type ValuesWanted,
} from './client.ts';
export { ExchangeError, type Fault } from './fault.ts';
export { type AttemptStorage, createSession, type Session, type SessionOptions } from './session.ts';
export type { TransportOptions } from './transport.ts';
export type {
  App,
  Code,
  ConsentEvent,
  ConsentStudy,
  DataSource,
  DayFigures,
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
  SeriesLine,
  SeriesValues,
  Study,
  StudyPurpose,
} from './wire.ts';
