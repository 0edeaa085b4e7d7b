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
  /** (patient_id, code_id, study_id, organization_id): consented to this principal now. */
  readableSeries: Sql;
  /** (patient_id, code_id, study_id, organization_id): shared through that study: consented to this principal, or one's own. */
  sharedSeries: Sql;
  /** (organization_id): where patients and studies may be acted on. */
  managedOrganizations: Sql;
  /** (organization_id): where people, and the organization itself, may be acted on. */
  governedOrganizations: Sql;
  /** (study_id, organization_id) */
  manageableStudies: Sql;
  /** (patient_id, organization_id) */
  manageablePatients: Sql;
  /** (patient_id, study_id, code_id): questions this principal may answer. */
  answerableSeries: Sql;
  /** (patient_id, code_id): series this principal may add readings to. */
  recordableSeries: Sql;
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
