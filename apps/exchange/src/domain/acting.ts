/** What every sentence of the access rule (may.ts) begins with: who is acting, in this session, and what of it is theirs. */
import { isOwnPage } from './own-pages.ts';
import { grantsFor, type InteractionLetter, type Principal } from './principal.ts';
import type { World } from './world.ts';

type Link = World['linkSessions'][number];

export type Person = {
  principal: Principal;
  superuser: boolean;
  /** Records that the acting person keeps, in a proved session. */
  patientIds: readonly number[];
  /** An unproved session: what it may is what the organization that gave the link may. */
  link: Link | null;
  /** In any session but a link's. */
  practitionerId: number | null;
  memberships: World['memberships'];
};

/** The facts about the acting person, in this session, that every sentence of the rule starts from. */
export function person(world: World, principal: Principal): Person | null {
  const user = world.users.find((u) => u.id === principal.userId);
  if (!user?.active) return null;
  const { session } = principal;
  const cameByLink =
    session.kind === 'person'
      ? world.linkSessions.find((l) => l.grantId === session.grantId && !l.allowed)
      : undefined;
  const practitioner = cameByLink ? undefined : world.practitioners.find((p) => p.userId === user.id);
  const isProved = session.kind === 'person' && !cameByLink && user.emailVerified;
  const stillKept = world.patients.some(
    (p) => p.id === cameByLink?.patientId && p.keeper === cameByLink.organizationId,
  );
  return {
    principal,
    superuser: user.superuser && !cameByLink,
    patientIds: isProved
      ? world.patients.filter((p) => p.userId === user.id && p.keeper === null).map((p) => p.id)
      : [],
    link: cameByLink && cameByLink.userId === user.id && stillKept ? cameByLink : null,
    practitionerId: practitioner?.id ?? null,
    memberships: user.emailVerified
      ? world.memberships.filter((m) => m.practitionerId === practitioner?.id)
      : [],
  };
}

export const belongs = (who: Person, organizationId: number) =>
  who.memberships.some((m) => m.organizationId === organizationId);

export const hasRole = (
  who: Person,
  organizationId: number,
  ...roles: World['memberships'][number]['role'][]
) => who.memberships.some((m) => m.organizationId === organizationId && roles.includes(m.role));

export const studyOf = (world: World, studyId: number) => world.studies.find((s) => s.id === studyId);

export const keeperOf = (world: World, patientId: number) =>
  world.patients.find((p) => p.id === patientId)?.keeper;

export const isEnrolled = (world: World, patientId: number, studyId: number) =>
  world.enrollments.some((e) => e.patientId === patientId && e.studyId === studyId);

export const isRequested = (world: World, studyId: number, codeId: number) =>
  world.requestedCodes.some((r) => r.studyId === studyId && r.codeId === codeId);

export const isClosed = (world: World, organizationId: number) =>
  world.organizations.some((o) => o.id === organizationId && o.closed);

/** The one test of a reading: a consent of it opens, and now is before its end. */
export const opens = (world: World, patientId: number, studyId: number, codeId: number) =>
  world.consents.some(
    (c) => c.patientId === patientId && c.studyId === studyId && c.codeId === codeId && c.opens && !c.over,
  );

export const sharesOrganization = (world: World, who: Person, patientId: number) =>
  world.patientOrganizations.some((po) => po.patientId === patientId && belongs(who, po.organizationId));

export const isMemberStudy = (world: World, who: Person, studyId: number) => {
  const study = studyOf(world, studyId);
  return study !== undefined && belongs(who, study.organizationId);
};

/** The studies that a link reaches: those of the organization that gave it, which use its app. */
export const isLinkStudy = (world: World, who: Person, studyId: number) =>
  who.link !== null &&
  studyOf(world, studyId)?.organizationId === who.link.organizationId &&
  world.studyClients.some((s) => s.studyId === studyId && s.clientId === who.link?.clientId);

export const isOwn = (who: Person, patientId: number) => who.patientIds.includes(patientId);

/** One's own, on our own pages: what no app is shown. */
export const isOwnOnOwnPages = (who: Person, patientId: number) =>
  isOwn(who, patientId) && isOwnPage(who.principal.clientId);

/** May the app in use know that its person has to do with this study? Our own pages, the study's apps, what was ticked. */
const isShownStudy = (world: World, { principal: { clientId, session } }: Person, studyId: number) =>
  isOwnPage(clientId) ||
  world.studyClients.some((s) => s.studyId === studyId && s.clientId === clientId) ||
  (session.kind === 'person' &&
    world.shownStudies.some((s) => s.grantId === session.grantId && s.studyId === studyId));

/** One's own part in a study, as far as the app in use may know of it. */
export const isOwnInStudy = (world: World, who: Person, patientId: number, studyId: number) =>
  isOwn(who, patientId) && isShownStudy(world, who, studyId);

/** ... and in an organization. */
export const isOwnInOrganization = (
  world: World,
  who: Person,
  patientId: number,
  organizationId: number | null,
) =>
  isOwnOnOwnPages(who, patientId) ||
  (isOwn(who, patientId) &&
    world.enrollments.some(
      (e) =>
        e.patientId === patientId &&
        studyOf(world, e.studyId)?.organizationId === organizationId &&
        isShownStudy(world, who, e.studyId),
    ));

/**
 * Grants narrow: some grant must reach this patient's record and, where it names codes, this code. What is not about a
 * code is not granted by a grant that names codes.
 */
export function within(
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

/** Read through this study, by somebody who is not the person: a member, or a link of the organization. */
export const isSharedWith = (
  world: World,
  who: Person,
  patientId: number,
  studyId: number,
  codeId: number,
) => {
  const study = studyOf(world, studyId);
  return (
    study !== undefined &&
    !isClosed(world, study.organizationId) &&
    opens(world, patientId, studyId, codeId) &&
    (belongs(who, study.organizationId) ||
      (patientId === who.link?.patientId && isLinkStudy(world, who, studyId)))
  );
};
