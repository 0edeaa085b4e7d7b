/**
 * The whole access rule, to be read aloud: who may see what, over a world held in memory.
 *
 * A practitioner may read a series (a patient's readings of one code) when all of this is true now: the practitioner
 * is a member of the study's organization, the patient is enrolled in the study, the study requests the code, and the
 * patient's consent permits it. A patient sees everything of their own. Administering is not reading: a superuser sees
 * people, organizations, studies and consents, and no reading. Grants (SMART scopes) only narrow.
 *
 * This is the specification; access/compile.ts and the SQL policies are held to it by a property test.
 */
import { grantsFor, type InteractionLetter, type Principal } from './principal.ts';

export type World = {
  codes: { id: number; system: string; code: string }[];
  users: { id: number; active: boolean; superuser: boolean; emailVerified: boolean }[];
  practitioners: { id: number; userId: number }[];
  patients: { id: number; userId: number | null }[];
  organizations: { id: number; partOf: number | null; createdBy: number | null }[];
  memberships: { practitionerId: number; organizationId: number; role: 'viewer' | 'member' | 'manager' }[];
  patientOrganizations: { patientId: number; organizationId: number }[];
  studies: { id: number; organizationId: number }[];
  requestedCodes: { studyId: number; codeId: number }[];
  enrollments: { patientId: number; studyId: number }[];
  consents: { patientId: number; studyId: number; codeId: number; permitted: boolean }[];
};

type Person = {
  principal: Principal;
  superuser: boolean;
  patientId: number | null;
  memberships: World['memberships'];
};

/** The facts about the acting person that every rule below starts from. */
function person(world: World, principal: Principal): Person | null {
  const user = world.users.find((u) => u.id === principal.userId);
  if (!user?.active) return null;
  const practitioner = world.practitioners.find((p) => p.userId === user.id);
  const patient = world.patients.find((p) => p.userId === user.id);
  return {
    principal,
    superuser: user.superuser,
    patientId: patient?.id ?? null,
    memberships: user.emailVerified
      ? world.memberships.filter((m) => m.practitionerId === practitioner?.id)
      : [],
  };
}

const belongs = (who: Person, organizationId: number) =>
  who.memberships.some((m) => m.organizationId === organizationId);

const manages = (who: Person, organizationId: number) =>
  who.memberships.some((m) => m.organizationId === organizationId && m.role !== 'viewer');

const studyOf = (world: World, studyId: number) => world.studies.find((s) => s.id === studyId);

const isEnrolled = (world: World, patientId: number, studyId: number) =>
  world.enrollments.some((e) => e.patientId === patientId && e.studyId === studyId);

const isRequested = (world: World, studyId: number, codeId: number) =>
  world.requestedCodes.some((r) => r.studyId === studyId && r.codeId === codeId);

const isPermitted = (world: World, patientId: number, studyId: number, codeId: number) =>
  world.consents.some(
    (c) => c.patientId === patientId && c.studyId === studyId && c.codeId === codeId && c.permitted,
  );

/** Shared now: enrolled, requested and permitted, in this study. */
const isShared = (world: World, patientId: number, studyId: number, codeId: number) =>
  isEnrolled(world, patientId, studyId) &&
  isRequested(world, studyId, codeId) &&
  isPermitted(world, patientId, studyId, codeId);

const sharesOrganization = (world: World, who: Person, patientId: number) =>
  world.patientOrganizations.some((po) => po.patientId === patientId && belongs(who, po.organizationId));

const isMemberStudy = (world: World, who: Person, studyId: number) => {
  const study = studyOf(world, studyId);
  return study !== undefined && belongs(who, study.organizationId);
};

/**
 * Grants narrow: some grant must reach this patient's record and, where it names codes, this code. What is not about a
 * code is not granted by a grant that names codes.
 */
function within(
  world: World,
  who: Person,
  type: string,
  letter: InteractionLetter,
  row: { patientId: number | null; codeId?: number },
): boolean {
  const { principal } = who;
  const code = world.codes.find(({ id }) => id === row.codeId);
  return grantsFor(principal, type, letter).some(
    (grant) =>
      (grant.context === 'user' ||
        (row.patientId !== null && row.patientId === principal.patientInContext)) &&
      (grant.codes === undefined ||
        grant.codes.some(
          (granted) => granted.code === code?.code && (granted.system ?? code.system) === code.system,
        )),
  );
}

type Rule<Row> = (world: World, principal: Principal, row: Row) => boolean;

/** May this principal read readings of this series? The promise itself. */
export const mayReadSeries: Rule<{ patientId: number; codeId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Observation', 'r', row)) return false;
  if (row.patientId === who.patientId) return true;
  return world.studies.some(
    (study) => belongs(who, study.organizationId) && isShared(world, row.patientId, study.id, row.codeId),
  );
};

/** May this principal read the series because of this study? What a search by study or organization goes through. */
export const mayReadSharedSeries: Rule<{ patientId: number; codeId: number; studyId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Observation', 'r', row)) return false;
  if (!isShared(world, row.patientId, row.studyId, row.codeId)) return false;
  return row.patientId === who.patientId || isMemberStudy(world, who, row.studyId);
};

/** May this principal read who the patient is? Sharing an organization, being the patient, or administering. */
export const mayReadPatient: Rule<{ patientId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Patient', 'r', { patientId: row.patientId })) return false;
  return row.patientId === who.patientId || who.superuser || sharesOrganization(world, who, row.patientId);
};

/**
 * May this principal name the patient in a search? Those whom the person may see, when the grants reach who they are or
 * any of their readings: an app that reads readings only still says whose.
 */
export const mayNamePatient: Rule<{ patientId: number }> = (world, principal, row) => {
  const everything = { ...principal, grants: [{ context: 'user', type: '*', letters: 'cruds' }] as const };
  if (!mayReadPatient(world, everything, row)) return false;
  return (
    mayReadPatient(world, principal, row) ||
    grantsFor(principal, 'Observation', 's').some(
      ({ context }) => context === 'user' || row.patientId === principal.patientInContext,
    )
  );
};

export const mayReadStudy: Rule<{ studyId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who) return false;
  return (
    who.superuser ||
    isMemberStudy(world, who, row.studyId) ||
    (who.patientId !== null && isEnrolled(world, who.patientId, row.studyId))
  );
};

/** Enrolments, consents and their history: one's own, those of one's organizations' studies, or administering. */
export const mayReadConsent: Rule<{ patientId: number; studyId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Consent', 'r', { patientId: row.patientId })) return false;
  return row.patientId === who.patientId || who.superuser || isMemberStudy(world, who, row.studyId);
};

/** May this principal answer this question? The patient, or on their behalf a member or manager of the study. */
export const mayAnswer: Rule<{ patientId: number; studyId: number; codeId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Consent', 'u', { patientId: row.patientId })) return false;
  const study = studyOf(world, row.studyId);
  if (
    !study ||
    !isEnrolled(world, row.patientId, row.studyId) ||
    !isRequested(world, row.studyId, row.codeId)
  ) {
    return false;
  }
  return row.patientId === who.patientId || manages(who, study.organizationId);
};

/** May this principal add readings to this series? Whoever may answer, where the answer is yes. */
export const mayRecord: Rule<{ patientId: number; codeId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Observation', 'c', row)) return false;
  return world.studies.some(
    (study) =>
      (row.patientId === who.patientId || manages(who, study.organizationId)) &&
      isShared(world, row.patientId, study.id, row.codeId),
  );
};

/** May this principal act on patients and studies of this organization? */
export const mayManage: Rule<{ organizationId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || row.organizationId === 0) return false;
  return who.superuser || manages(who, row.organizationId);
};

/** May this principal act on the people of this organization, and on the organization itself? */
export const mayGovern: Rule<{ organizationId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who) return false;
  return (
    who.superuser ||
    who.memberships.some((m) => m.organizationId === row.organizationId && m.role === 'manager')
  );
};

/** Organizations: one's own, their ancestors and descendants, the root; all of them when administering. */
export const mayReadOrganization: Rule<{ organizationId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who) return false;
  if (who.superuser || row.organizationId === 0) return true;
  const own = who.memberships.map((m) => m.organizationId);
  const asPatient = world.patientOrganizations
    .filter((po) => po.patientId === who.patientId)
    .map((po) => po.organizationId);
  const ancestors = (id: number): number[] => {
    const parent = world.organizations.find((o) => o.id === id)?.partOf ?? null;
    return parent === null ? [id] : [id, ...ancestors(parent)];
  };
  return (
    [...own, ...asPatient].some((id) => ancestors(id).includes(row.organizationId)) ||
    ancestors(row.organizationId).some((id) => own.includes(id)) ||
    // Founded and not yet joined: visible to its founder, who is about to become the manager.
    (world.organizations.some((o) => o.id === row.organizationId && o.createdBy === principal.userId) &&
      !world.memberships.some((m) => m.organizationId === row.organizationId))
  );
};

/** Memberships: one's own, those of the organizations one belongs to, all when administering. */
export const mayReadMembership: Rule<{ practitionerId: number; organizationId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who) return false;
  const self = world.practitioners.find((p) => p.userId === principal.userId)?.id;
  return who.superuser || row.practitionerId === self || belongs(who, row.organizationId);
};

/** Which organizations a patient belongs to: all of one's own; of others, the organizations that one shares. */
export const mayReadPatientOrganization: Rule<{ patientId: number; organizationId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Patient', 'r', { patientId: row.patientId })) return false;
  return row.patientId === who.patientId || who.superuser || belongs(who, row.organizationId);
};

/** May this principal change who the patient is, and see and issue the patient's invitations? */
export const mayManagePatient: Rule<{ patientId: number }> = (world, principal, row) =>
  world.patientOrganizations.some(
    (po) =>
      po.patientId === row.patientId && mayManage(world, principal, { organizationId: po.organizationId }),
  );

/** The patient's invitations: those who manage the patient, within their grants. */
export const mayReadInvitation: Rule<{ patientId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  return (
    who !== null &&
    within(world, who, 'Patient', 'r', { patientId: row.patientId }) &&
    mayManagePatient(world, principal, row)
  );
};

/** The trace: what was done with one's own record; everything when administering. Patient 0 is nobody's. */
export const mayReadAuditEvent: Rule<{ patientId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'AuditEvent', 'r', { patientId: row.patientId })) return false;
  return who.superuser || row.patientId === who.patientId;
};

/** People with a login: oneself, the patients in sight, the colleagues of one's organizations, all when administering. */
export const mayReadUser: Rule<{ userId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who) return false;
  const patient = world.patients.find((p) => p.userId === row.userId);
  const practitioner = world.practitioners.find((p) => p.userId === row.userId);
  return (
    who.superuser ||
    row.userId === principal.userId ||
    (patient !== undefined && sharesOrganization(world, who, patient.id)) ||
    (practitioner !== undefined && isColleague(world, who, practitioner.id))
  );
};

/**
 * Practitioners: oneself with any grants; the colleagues of one's organizations, and all when administering, as far as
 * the grants reach practitioners. They are in no patient's record: grants about a patient reach none of them.
 */
export const mayReadPractitioner: Rule<{ practitionerId: number; userId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who) return false;
  if (row.userId === principal.userId) return true;
  if (!within(world, who, 'Practitioner', 'r', { patientId: null })) return false;
  return who.superuser || isColleague(world, who, row.practitionerId);
};

const isColleague = (world: World, who: Person, practitionerId: number) =>
  world.memberships.some((m) => m.practitionerId === practitionerId && belongs(who, m.organizationId));
