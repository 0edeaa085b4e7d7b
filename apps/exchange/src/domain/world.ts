/** The facts that the access rule decides by, held in memory: who there is, who keeps what, what was asked and answered. */
export type World = {
  /** `measure`: the catalogue's entry, over all its codings. */
  codes: { id: number; system: string; code: string; measure: string }[];
  users: { id: number; active: boolean; superuser: boolean; emailVerified: boolean }[];
  practitioners: { id: number; userId: number }[];
  /** `keeper`: the organization that keeps the record; null when the person does. */
  patients: { id: number; userId: number | null; keeper: number | null }[];
  /** `hadManager`: it has or had one. `closed`: nobody reads through it for now. */
  organizations: {
    id: number;
    partOf: number | null;
    createdBy: number | null;
    hadManager: boolean;
    closed: boolean;
  }[];
  memberships: { practitionerId: number; organizationId: number; role: 'viewer' | 'member' | 'manager' }[];
  /** Accepted by the person, or the keeper's own. */
  patientOrganizations: { patientId: number; organizationId: number }[];
  studies: { id: number; organizationId: number }[];
  /** `clientId`: the OAuth name of the app. */
  studyClients: { studyId: number; clientId: string }[];
  requestedCodes: { studyId: number; codeId: number }[];
  enrollments: { patientId: number; studyId: number }[];
  /** `over`: its end has come. `own`: answered in a proved session. */
  consents: {
    patientId: number;
    studyId: number;
    codeId: number;
    permitted: boolean;
    opens: boolean;
    over: boolean;
    own: boolean;
  }[];
  /** Measures to which the person said no somewhere in the organization; `session` is a link's, or '' for a proved one. */
  declinedMeasures: { patientId: number; organizationId: number; measure: string; session: string }[];
  /** Sessions that came from an invitation link; `allowed`: the person said, in a proved session, that it is theirs. */
  linkSessions: {
    grantId: string;
    userId: number;
    patientId: number;
    organizationId: number;
    clientId: string;
    allowed: boolean;
  }[];
  /** Studies that a person chose to show an app that they do not use: by the session's grant. */
  shownStudies: { grantId: string; patientId: number; studyId: number }[];
  /** Studies (or organizations alone) that asked a person for their record. */
  proposals: { patientId: number; organizationId: number; studyId: number | null; open: boolean }[];
};
