import type { Sql } from 'sql-template-tag';
import type { Principal } from '../domain/principal.ts';

/**
 * What a principal can see: each relation is a FROM-item that already carries its predicate, so whoever names it
 * cannot forget the filter. Only the gate makes one.
 */
export type Relations = Readonly<{
  observations: Sql;
  observationIdentifiers: Sql;
  series: Sql;
  patients: Sql;
  /** (id, patient_id): patients that a search may name; whoever may search their readings need not know who they are. */
  nameablePatients: Sql;
  patientIdentifiers: Sql;
  patientOrganizations: Sql;
  studies: Sql;
  requestedCodes: Sql;
  studyClients: Sql;
  studyDataSources: Sql;
  enrollments: Sql;
  consents: Sql;
  consentEvents: Sql;
  invitations: Sql;
  auditEvents: Sql;
  users: Sql;
  practitioners: Sql;
  organizations: Sql;
  memberships: Sql;
  codes: Sql;
  dataSources: Sql;
  dataSourceCodes: Sql;
  clients: Sql;
  clientDataSources: Sql;
  settings: Sql;
  patientNumbers: Sql;
  recordEvents: Sql;
  proposals: Sql;
  declinedMeasures: Sql;
  studyVersions: Sql;
  appointments: Sql;
  /** (patient_id, code_id, study_id, organization_id): consented to this principal now. */
  readableSeries: Sql;
  /** (patient_id, code_id, study_id, organization_id): shared through that study: consented to this principal, or one's own. */
  sharedSeries: Sql;
  /** (organization_id): where patients and studies may be acted on. */
  managedOrganizations: Sql;
  /** (organization_id): where people, and the organization itself, may be acted on. */
  governedOrganizations: Sql;
  /** (organization_id): where roles may be given. */
  appointingOrganizations: Sql;
  /** (study_id, organization_id) */
  manageableStudies: Sql;
  /** (patient_id, organization_id) */
  manageablePatients: Sql;
  /** (patient_id, organization_id): records in the keeping of an organization that this principal acts for. */
  keptPatients: Sql;
  /** (patient_id, organization_id): records to which this principal may give out a link. */
  invitablePatients: Sql;
  /** (patient_id, study_id, organization_id): persons to whom this principal may propose a study. */
  proposableStudies: Sql;
  /** (patient_id, study_id, code_id): questions this principal answers as the person. */
  ownQuestions: Sql;
  /** ... by a link; and those of them to which a link may say yes. */
  linkQuestions: Sql;
  linkPermittable: Sql;
  /** ... to which a yes may be attested as a manager; whose yes may be turned into a no. */
  attestableQuestions: Sql;
  declinableQuestions: Sql;
  /** (patient_id, code_id, keeper): series this principal may add readings to; keeper 0 is the person. */
  recordableSeries: Sql;
  /** What is counted of those series: an app that may add readings need not be one that may read any. */
  growingSeries: Sql;
}>;

/** A Sight inside an open transaction. Rows that name a `patientId` are traced to that patient in the audit trail. */
export type Sight = Relations &
  Readonly<{
    principal: Principal;
    query<Row extends object>(statement: Sql): Promise<Row[]>;
  }>;

declare const writable: unique symbol;

/** A Sight in a transaction that may write. Deeds ask for this one. */
export type WritableSight = Sight & { readonly [writable]: true };
