/**
 * The whole access rule, to be read aloud: who may see what, over a world held in memory.
 *
 * (a) A record is kept by one organization or by its person. (b) It becomes hers when she types the code mailed to an
 * address that she confirmed, and never goes back. (c) Before that, a link acts for the organization that gave it, and
 * sees what that organization's members see. (d) After that only she says yes; others may only propose, or say no.
 * (e) A yes by others opens only what was recorded wholly in that organization's keeping, and never after her no.
 * (f) Nobody learns whether she exists elsewhere until she accepts.
 *
 * A practitioner may read a series (a patient's readings of one code) when a consent of it opens now in a study of an
 * organization that the practitioner is a member of. That a consent can only stand where the patient is an accepted
 * member, enrolled and asked is what keys of the database see to. A person in a proved session sees everything of their
 * own, on our own pages; an app learns of the studies that use it, and of those that the person shows it. Administering is
 * not reading. Grants (SMART scopes) only narrow.
 *
 * This is the specification; access/compile.ts and the SQL of database/rule are held to it by a property test.
 */
import {
  belongs,
  hasRole,
  isClosed,
  isEnrolled,
  isLinkStudy,
  isMemberStudy,
  isOwn,
  isOwnInOrganization,
  isOwnInStudy,
  isOwnOnOwnPages,
  isRequested,
  isSharedWith,
  keeperOf,
  opens,
  type Person,
  person,
  sharesOrganization,
  studyOf,
  within,
} from './acting.ts';
import { grantsFor, type Principal } from './principal.ts';
import type { World } from './world.ts';

export type { World };

type Rule<Row> = (world: World, principal: Principal, row: Row) => boolean;

/** May this principal read readings of this series? The promise itself. */
export const mayReadSeries: Rule<{ patientId: number; codeId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Observation', 'r', row)) return false;
  if (isOwn(who, row.patientId)) return true;
  return world.studies.some((study) => isSharedWith(world, who, row.patientId, study.id, row.codeId));
};

/** May this principal read the series because of this study? What a search by study or organization goes through. */
export const mayReadSharedSeries: Rule<{ patientId: number; codeId: number; studyId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Observation', 'r', row)) return false;
  return (
    (isOwnInStudy(world, who, row.patientId, row.studyId) &&
      opens(world, row.patientId, row.studyId, row.codeId)) ||
    isSharedWith(world, who, row.patientId, row.studyId, row.codeId)
  );
};

/** May this principal read who the patient is? Sharing an organization, being the patient, a link to it, or administering. */
export const mayReadPatient: Rule<{ patientId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Patient', 'r', { patientId: row.patientId })) return false;
  return (
    isOwn(who, row.patientId) ||
    row.patientId === who.link?.patientId ||
    who.superuser ||
    sharesOrganization(world, who, row.patientId)
  );
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
    who.patientIds.some(
      (patientId) =>
        isEnrolled(world, patientId, row.studyId) && isOwnInStudy(world, who, patientId, row.studyId),
    ) ||
    // What asks for one's record is seen before it is answered.
    world.proposals.some((p) => p.open && p.studyId === row.studyId && isOwnOnOwnPages(who, p.patientId)) ||
    (who.link !== null &&
      isLinkStudy(world, who, row.studyId) &&
      isEnrolled(world, who.link.patientId, row.studyId))
  );
};

/** Enrolments, consents and their history: one's own, those of one's organizations' studies, a link's, or administering. */
export const mayReadConsent: Rule<{ patientId: number; studyId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Consent', 'r', { patientId: row.patientId })) return false;
  return (
    isOwnInStudy(world, who, row.patientId, row.studyId) ||
    who.superuser ||
    isMemberStudy(world, who, row.studyId) ||
    (row.patientId === who.link?.patientId && isLinkStudy(world, who, row.studyId))
  );
};

type QuestionRule = Rule<{ patientId: number; studyId: number; codeId: number }>;

/** A question stands where the patient is enrolled and the study asks for the code. */
const isQuestion = (world: World, row: { patientId: number; studyId: number; codeId: number }) =>
  isEnrolled(world, row.patientId, row.studyId) && isRequested(world, row.studyId, row.codeId);

const question =
  (
    rule: (world: World, who: Person, row: { patientId: number; studyId: number; codeId: number }) => boolean,
  ): QuestionRule =>
  (world, principal, row) => {
    const who = person(world, principal);
    if (!who || !within(world, who, 'Consent', 'u', { patientId: row.patientId })) return false;
    return isQuestion(world, row) && rule(world, who, row);
  };

/** May this principal answer as the person: yes, no, or take back? Only the person, in a proved session. */
export const mayAnswer = question((world, who, row) => isOwnInStudy(world, who, row.patientId, row.studyId));

/** May this principal answer by a link? The questions of the organization that gave it, in studies that use its app. */
export const mayAnswerByLink = question(
  (world, who, row) => row.patientId === who.link?.patientId && isLinkStudy(world, who, row.studyId),
);

/** ... and say yes? Not where she said no in another session: only that one, or a proved one, turns it. */
export const mayPermitByLink = question(
  (world, who, row) =>
    row.patientId === who.link?.patientId &&
    isLinkStudy(world, who, row.studyId) &&
    !declined(world, row).some(({ session }) => session !== who.link?.grantId),
);

/** May this principal attest a yes, on a basis? A manager, for a record that the organization keeps, never after her no. */
export const mayAttest = question((world, who, row) => {
  const organizationId = studyOf(world, row.studyId)?.organizationId ?? 0;
  return (
    hasRole(who, organizationId, 'manager') &&
    keeperOf(world, row.patientId) === organizationId &&
    declined(world, row).length === 0 &&
    // Nobody attests for themselves.
    !world.patients.some((p) => p.id === row.patientId && p.userId === who.principal.userId)
  );
});

/** May this principal turn a yes into a no? Members and managers of that study's organization. */
export const mayDecline = question((world, who, row) =>
  hasRole(who, studyOf(world, row.studyId)?.organizationId ?? 0, 'member', 'manager'),
);

/** Her noes to the measure of a question, in any study of the organization that asks it. */
const declined = (
  world: World,
  { patientId, studyId, codeId }: { patientId: number; studyId: number; codeId: number },
) =>
  world.declinedMeasures.filter(
    (d) =>
      d.patientId === patientId &&
      d.organizationId === studyOf(world, studyId)?.organizationId &&
      d.measure === world.codes.find(({ id }) => id === codeId)?.measure,
  );

/** May this principal add readings to this series? The person, a link's session, or the study's staff, where an answer opens. */
export const mayRecord: Rule<{ patientId: number; codeId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Observation', 'c', row)) return false;
  return world.studies.some(
    (study) =>
      opens(world, row.patientId, study.id, row.codeId) &&
      (isOwn(who, row.patientId) ||
        (!isClosed(world, study.organizationId) &&
          ((row.patientId === who.link?.patientId && isLinkStudy(world, who, study.id)) ||
            hasRole(who, study.organizationId, 'member', 'manager')))),
  );
};

/** May this principal act on patients and studies of this organization? */
export const mayManage: Rule<{ organizationId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || row.organizationId === 0) return false;
  return who.superuser || hasRole(who, row.organizationId, 'member', 'manager');
};

/** May this principal act on the people of this organization, and on the organization itself? */
export const mayGovern: Rule<{ organizationId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  return who !== null && (who.superuser || hasRole(who, row.organizationId, 'manager'));
};

/**
 * May this principal give somebody a role there? A manager. A superuser only where there never was a manager, or where
 * none is left and the organization is closed for reading meanwhile.
 */
export const mayAppoint: Rule<{ organizationId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who) return false;
  if (hasRole(who, row.organizationId, 'manager')) return true;
  const organization = world.organizations.find((o) => o.id === row.organizationId);
  return who.superuser && organization !== undefined && (!organization.hadManager || organization.closed);
};

/** Organizations: one's own, their ancestors and descendants, the root; all of them when administering. */
export const mayReadOrganization: Rule<{ organizationId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who) return false;
  if (who.superuser || row.organizationId === 0) return true;
  const own = who.memberships.map((m) => m.organizationId);
  const asPatient = [
    ...world.patientOrganizations.filter((po) =>
      isOwnInOrganization(world, who, po.patientId, po.organizationId),
    ),
    ...world.proposals.filter((p) => p.open && isOwnOnOwnPages(who, p.patientId)),
    ...(who.link ? [who.link] : []),
  ].map(({ organizationId }) => organizationId);
  const ancestors = (id: number): number[] => {
    const parent = world.organizations.find((o) => o.id === id)?.partOf ?? null;
    return parent === null ? [id] : [id, ...ancestors(parent)];
  };
  return (
    [...own, ...asPatient].some((id) => ancestors(id).includes(row.organizationId)) ||
    ancestors(row.organizationId).some((id) => own.includes(id)) ||
    mayFound(world, principal, row)
  );
};

/** Founded and never had a manager: its founder, who sees it, may become the manager. */
export const mayFound: Rule<{ organizationId: number }> = (world, principal, row) =>
  person(world, principal)?.practitionerId != null &&
  world.organizations.some(
    (o) => o.id === row.organizationId && o.createdBy === principal.userId && !o.hadManager,
  ) &&
  !world.memberships.some((m) => m.organizationId === row.organizationId);

/** Memberships: one's own, those of the organizations one belongs to, all when administering. */
export const mayReadMembership: Rule<{ practitionerId: number; organizationId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who) return false;
  return who.superuser || row.practitionerId === who.practitionerId || belongs(who, row.organizationId);
};

/** Which organizations a patient belongs to: all of one's own; of others, the organizations that one shares. */
export const mayReadPatientOrganization: Rule<{ patientId: number; organizationId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Patient', 'r', { patientId: row.patientId })) return false;
  return (
    isOwnInOrganization(world, who, row.patientId, row.organizationId) ||
    (row.patientId === who.link?.patientId && row.organizationId === who.link.organizationId) ||
    who.superuser ||
    belongs(who, row.organizationId)
  );
};

/** May this principal change what is written of who the patient is? */
export const mayManagePatient: Rule<{ patientId: number }> = (world, principal, row) =>
  world.patientOrganizations.some(
    (po) =>
      po.patientId === row.patientId && mayManage(world, principal, { organizationId: po.organizationId }),
  );

/** May this principal give out a link to the record? A member or manager of the organization that keeps it. */
export const mayInvite: Rule<{ patientId: number; organizationId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  return (
    who !== null &&
    keeperOf(world, row.patientId) === row.organizationId &&
    hasRole(who, row.organizationId, 'member', 'manager')
  );
};

/** May this principal enrol the patient by itself? In the organization's own keeping; elsewhere it proposes. */
export const mayEnroll: Rule<{ patientId: number; studyId: number }> = (world, principal, row) => {
  const organizationId = studyOf(world, row.studyId)?.organizationId ?? 0;
  return keeperOf(world, row.patientId) === organizationId && mayManage(world, principal, { organizationId });
};

/** May this principal propose the study to the person? Its staff, to a person who keeps their record and accepted the organization. */
export const mayPropose: Rule<{ patientId: number; studyId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  const organizationId = studyOf(world, row.studyId)?.organizationId ?? 0;
  return (
    who !== null &&
    keeperOf(world, row.patientId) === null &&
    world.patientOrganizations.some(
      (po) => po.patientId === row.patientId && po.organizationId === organizationId,
    ) &&
    hasRole(who, organizationId, 'member', 'manager')
  );
};

/** May this principal accept what was proposed? The person alone, on our own pages. Nobody else even sees that it was. */
export const mayAccept: Rule<{ patientId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  return who !== null && isOwnOnOwnPages(who, row.patientId);
};

/** May this principal leave a study, or an organization, as the person? With what the app in use may know of. */
export const mayLeaveStudy: Rule<{ patientId: number; studyId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  return who !== null && isOwnInStudy(world, who, row.patientId, row.studyId);
};

export const mayLeaveOrganization: Rule<{ patientId: number; organizationId: number }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  return who !== null && isOwnInOrganization(world, who, row.patientId, row.organizationId);
};

/** The patient's invitations: those who manage the patient, within their grants. */
export const mayReadInvitation: Rule<{ patientId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  return (
    who !== null &&
    within(world, who, 'Patient', 'r', { patientId: row.patientId }) &&
    mayManagePatient(world, principal, row)
  );
};

/** A record's external identifiers: of the organization that gave them, and of the person. */
export const mayReadIdentifier: Rule<{ patientId: number; organizationId: number | null }> = (
  world,
  principal,
  row,
) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'Patient', 'r', { patientId: row.patientId })) return false;
  return (
    isOwnInOrganization(world, who, row.patientId, row.organizationId) ||
    (row.patientId === who.link?.patientId && row.organizationId === who.link.organizationId) ||
    (row.organizationId !== null && belongs(who, row.organizationId))
  );
};

/** The trace: what was done with one's own record; everything when administering. Patient 0 is nobody's. */
export const mayReadAuditEvent: Rule<{ patientId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who || !within(world, who, 'AuditEvent', 'r', { patientId: row.patientId })) return false;
  return who.superuser || isOwn(who, row.patientId);
};

/** What happened to one's record: the person's alone, on our own pages. */
export const mayReadRecordEvent: Rule<{ patientId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  return (
    who !== null &&
    within(world, who, 'AuditEvent', 'r', { patientId: row.patientId }) &&
    isOwnOnOwnPages(who, row.patientId)
  );
};

/** People with a login: oneself, the patients in sight, the colleagues of one's organizations, all when administering. */
export const mayReadUser: Rule<{ userId: number }> = (world, principal, row) => {
  const who = person(world, principal);
  if (!who) return false;
  const practitioner = world.practitioners.find((p) => p.userId === row.userId);
  return (
    who.superuser ||
    row.userId === principal.userId ||
    world.patients.some((p) => p.userId === row.userId && sharesOrganization(world, who, p.id)) ||
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
  if (row.practitionerId === who.practitionerId) return true;
  if (!within(world, who, 'Practitioner', 'r', { patientId: null })) return false;
  return who.superuser || isColleague(world, who, row.practitionerId);
};

const isColleague = (world: World, who: Person, practitionerId: number) =>
  world.memberships.some((m) => m.practitionerId === practitionerId && belongs(who, m.organizationId));
