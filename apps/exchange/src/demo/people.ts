/** Who is in the demo world, with the ids that documents and clients of the reference know them by. */
import type { Role } from '../domain/organization.ts';

export type DemoOrganization = { id: number; name: string; type: string; partOf: number };

export const ORGANIZATIONS: readonly DemoOrganization[] = [
  { id: 20001, name: 'Planetary Research Institute', type: 'edu', partOf: 0 },
  { id: 20002, name: 'Saturn School of Data Science', type: 'team', partOf: 20001 },
  { id: 20003, name: 'Lifespan Lab', type: 'laboratory', partOf: 20002 },
  { id: 20004, name: 'Neptune Health System', type: 'prov', partOf: 0 },
  { id: 20005, name: 'Department of Medicine', type: 'dept', partOf: 20004 },
  { id: 20006, name: 'Cardiology Division', type: 'dept', partOf: 20005 },
  { id: 20007, name: 'Neptunian Pulse Lab', type: 'laboratory', partOf: 20006 },
  { id: 20008, name: 'Cosmic Cardio Lab', type: 'laboratory', partOf: 20006 },
  { id: 20009, name: 'Riverside Metabolic Clinic', type: 'prov', partOf: 0 },
];

export type DemoPractitioner = {
  userId: number;
  practitionerId: number;
  email: string;
  given: string;
  family: string;
  superuser?: boolean;
  memberships: readonly (readonly [organizationId: number, role: Role])[];
  /** The organization and study the portal opens with. */
  selected?: readonly [organizationId: number, studyId: number];
};

export const PRACTITIONERS: readonly DemoPractitioner[] = [
  {
    userId: 10001,
    practitionerId: 80001,
    email: 'admin@example.com',
    given: 'Admin',
    family: 'Orbit',
    superuser: true,
    memberships: [],
  },
  {
    userId: 10002,
    practitionerId: 80002,
    email: 'manager_mary@example.com',
    given: 'ManagerMary',
    family: 'Sun',
    memberships: [
      [20001, 'manager'],
      [20002, 'manager'],
      [20003, 'manager'],
    ],
    selected: [20003, 30001],
  },
  {
    userId: 10003,
    practitionerId: 80003,
    email: 'member_megan@example.com',
    given: 'MemberMegan',
    family: 'Mercury',
    memberships: [[20003, 'member']],
    selected: [20003, 30001],
  },
  {
    userId: 10004,
    practitionerId: 80004,
    email: 'viewer_victor@example.com',
    given: 'ViewerVictor',
    family: 'Venus',
    memberships: [[20003, 'viewer']],
    selected: [20003, 30001],
  },
  {
    userId: 10005,
    practitionerId: 80005,
    email: 'three_org_tom@example.com',
    given: 'ThreeOrgTom',
    family: 'Terra',
    memberships: [
      [20003, 'viewer'],
      [20007, 'member'],
      [20008, 'manager'],
    ],
    selected: [20008, 30005],
  },
  {
    userId: 10008,
    practitionerId: 80006,
    email: 'manager_mark@example.com',
    given: 'ManagerMark',
    family: 'Mars',
    memberships: [
      [20004, 'manager'],
      [20005, 'manager'],
      [20006, 'manager'],
      [20007, 'manager'],
    ],
    selected: [20007, 30004],
  },
  {
    userId: 10012,
    practitionerId: 80007,
    email: 'rivera@example.com',
    given: 'Elena',
    family: 'Rivera',
    memberships: [[20009, 'manager']],
    selected: [20009, 30006],
  },
  {
    userId: 10014,
    practitionerId: 80008,
    email: 'sam@example.com',
    given: 'Sam',
    family: 'Saturn',
    superuser: true,
    memberships: [],
  },
  {
    userId: 10015,
    practitionerId: 80009,
    email: 'mary@example.com',
    given: 'Mary',
    family: 'Moon',
    memberships: [
      [20001, 'manager'],
      [20002, 'manager'],
      [20003, 'manager'],
    ],
    selected: [20003, 30001],
  },
];

export type DemoPatient = {
  userId: number;
  patientId: number;
  email: string;
  given: string;
  family: string;
  birthDate: string;
  phone: string;
  organizations: readonly number[];
  identifiers: readonly (readonly [system: string, value: string])[];
};

export const PATIENTS: readonly DemoPatient[] = [
  {
    userId: 10006,
    patientId: 40001,
    email: 'll_patient_peter@example.com',
    given: 'LlPatientPeter',
    family: 'Pluto',
    birthDate: '1988-04-12',
    phone: '+1-555-010-0001',
    organizations: [20003],
    identifiers: [
      ['https://openwearables.io/ns/patient-id', 'abc123'],
      ['urn:oid:1.2.3.4', 'E1234'],
    ],
  },
  {
    userId: 10007,
    patientId: 40002,
    email: 'll_patient_pamela@example.com',
    given: 'LlPatientPamela',
    family: 'Phoebe',
    birthDate: '1992-09-30',
    phone: '+1-555-010-0002',
    organizations: [20003],
    identifiers: [],
  },
  {
    userId: 10009,
    patientId: 40003,
    email: 'npl_patient_percy@example.com',
    given: 'NplPatientPercy',
    family: 'Proteus',
    birthDate: '1985-01-21',
    phone: '+1-555-010-0003',
    organizations: [20007],
    identifiers: [],
  },
  {
    userId: 10010,
    patientId: 40004,
    email: 'ccl_patient_paul@example.com',
    given: 'CclPatientPaul',
    family: 'Pandora',
    birthDate: '1999-06-05',
    phone: '+1-555-010-0004',
    organizations: [20008],
    identifiers: [],
  },
  {
    userId: 10011,
    patientId: 40005,
    email: 'ccl_cardio_patient_pat@example.com',
    given: 'CclCardioPatientPat',
    family: 'Prometheus',
    birthDate: '1983-11-17',
    phone: '+1-555-010-0005',
    organizations: [20006, 20008],
    identifiers: [],
  },
  {
    userId: 10013,
    patientId: 40006,
    email: 'ada@example.com',
    given: 'Ada',
    family: 'Marlow',
    birthDate: '1987-03-14',
    phone: '+1-555-010-0006',
    organizations: [20009],
    identifiers: [['https://riverside.example.org/mrn', 'RMC-0042']],
  },
];
