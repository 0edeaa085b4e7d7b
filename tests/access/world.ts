/** Worlds for the proofs of the access rule: small enough to try every row, mixed enough that every clause matters. */
import fc from 'fast-check';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import type { Grant, Principal, Session } from '../../apps/exchange/src/domain/principal.ts';

export const CODES = [1, 2, 3];
/** The catalogue: 1 and 3 differ by their system alone; 1 and 2 are versions of one measure. */
const OMH = 'https://w3id.org/openmhealth';
const CATALOGUE = [
  { id: 1, system: OMH, code: 'omh:a:1.0', measure: 'a' },
  { id: 2, system: OMH, code: 'omh:a:2.0', measure: 'a' },
  { id: 3, system: 'other', code: 'omh:a:1.0', measure: 'other|omh:a:1.0' },
];
export const ORGANIZATIONS = [1, 2, 3, 4];
const USERS = [11, 12, 13, 14, 15, 16];
const PRACTITIONERS = [
  { id: 101, userId: 11 },
  { id: 102, userId: 12 },
  { id: 103, userId: 13 },
  { id: 104, userId: 14 },
];
/** 202 is both practitioner and patient; 203 has no login; 201 and 205 are records of one login. */
const PATIENTS = [
  { id: 201, userId: 15 },
  { id: 202, userId: 14 },
  { id: 203, userId: null },
  { id: 204, userId: 16 },
  { id: 205, userId: 15 },
];
const STUDIES = [301, 302, 303];
export const APPS = ['app1', 'app2'];
/** Sessions that came from links: of a patient, of a practitioner who is a patient, and of a superuser's login. */
const LINKS = [
  { grantId: 'l1', userId: 15, patientId: 201 },
  { grantId: 'l2', userId: 16, patientId: 204 },
  { grantId: 'l3', userId: 14, patientId: 202 },
  { grantId: 'l4', userId: 13, patientId: 203 },
];

/** Sessions of apps that people signed in to, of a patient, and of a practitioner who is a patient. */
const APP_SESSIONS = [
  { grantId: 'a15', userId: 15, clientId: 'app1' },
  { grantId: 'a14', userId: 14, clientId: 'app2' },
];

const subset = <T>(all: T[], share: number) =>
  fc
    .tuple(...all.map(() => fc.integer({ min: 0, max: 99 })))
    .map((dice) => all.filter((_, i) => dice[i]! < share));

const pairs = <A, B>(as: A[], bs: B[]) => as.flatMap((a) => bs.map((b) => [a, b] as const));

export const anyWorld: fc.Arbitrary<World> = fc
  .record({
    users: fc.tuple(
      ...USERS.map((id) =>
        fc.record({
          active: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
          superuser: fc.constant(id === 13),
          emailVerified: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
        }),
      ),
    ),
    parents: fc.tuple(...ORGANIZATIONS.map((_, i) => fc.integer({ min: 0, max: i }))),
    founders: fc.tuple(...ORGANIZATIONS.map(() => fc.option(fc.constantFrom(...USERS)))),
    memberships: subset(pairs(PRACTITIONERS, ORGANIZATIONS.slice(0, 3)), 35),
    roles: fc.array(fc.constantFrom('viewer', 'member', 'manager', 'manager'), {
      minLength: 12,
      maxLength: 12,
    }),
    closed: fc.tuple(...ORGANIZATIONS.map(() => fc.integer({ min: 0, max: 2 }).map((n) => n === 0))),
    hadManager: fc.tuple(...ORGANIZATIONS.map(() => fc.boolean())),
    keepers: fc.tuple(...PATIENTS.map(() => fc.option(fc.constantFrom(1, 2, 3), { freq: 3 }))),
    patientOrganizations: subset(pairs(PATIENTS, ORGANIZATIONS.slice(0, 3)), 45),
    studyOrganizations: fc.tuple(...STUDIES.map(() => fc.constantFrom(1, 2, 3))),
    studyClients: subset(pairs(STUDIES, APPS), 60),
    requestedCodes: subset(pairs(STUDIES, CODES), 75),
    enrollments: subset(pairs(PATIENTS, STUDIES), 75),
    consents: subset(
      PATIENTS.flatMap((p) => STUDIES.flatMap((s) => CODES.map((c) => [p, s, c] as const))),
      85,
    ),
    answers: fc.array(
      fc.record({
        answer: fc.constantFrom('no', 'waits', 'opens', 'opens', 'opens'),
        over: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
        own: fc.boolean(),
      }),
      { minLength: 45, maxLength: 45 },
    ),
    declined: subset(
      PATIENTS.flatMap((p) =>
        [1, 2, 3].flatMap((o) =>
          ['a', 'other|omh:a:1.0'].flatMap((m) => ['', 'l1', 'l2'].map((g) => [p, o, m, g] as const)),
        ),
      ),
      12,
    ),
    linkOrganizations: fc.tuple(...LINKS.map(() => fc.constantFrom(1, 2, 3, ...Array<null>(9).fill(null)))),
    linkClients: fc.tuple(...LINKS.map(() => fc.constantFrom(...APPS))),
    allowed: fc.tuple(...LINKS.map(() => fc.integer({ min: 0, max: 4 }).map((n) => n === 0))),
    proposals: subset(pairs(PATIENTS, [...STUDIES, null]), 25),
    shown: subset(
      APP_SESSIONS.flatMap((s) => pairs(PATIENTS, STUDIES).map(([p, study]) => [s, p, study] as const)),
      25,
    ),
    open: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
  })
  .map((drawn) => {
    const patients = PATIENTS.map((p, i) => ({ ...p, keeper: drawn.keepers[i]! }));
    const keeperOf = (id: number) => patients.find((p) => p.id === id)!.keeper;
    const studies = STUDIES.map((id, i) => ({ id, organizationId: drawn.studyOrganizations[i]! }));
    const organizationOf = (id: number | null) => studies.find((s) => s.id === id)?.organizationId;
    const requestedCodes = drawn.requestedCodes.map(([studyId, codeId]) => ({ studyId, codeId }));
    // What the keys of the database make impossible is in no world: a record in keeping belongs to its keeper alone, who
    // is enrolled belongs to the study's organization, who answers is enrolled and asked.
    const patientOrganizations = [
      ...patients.flatMap((p) => (p.keeper === null ? [] : [{ patientId: p.id, organizationId: p.keeper }])),
      ...drawn.patientOrganizations
        .filter(([p]) => keeperOf(p.id) === null)
        .map(([p, organizationId]) => ({ patientId: p.id, organizationId })),
    ];
    const enrollments = drawn.enrollments
      .map(([p, studyId]) => ({ patientId: p.id, studyId }))
      .filter((e) =>
        patientOrganizations.some(
          (po) => po.patientId === e.patientId && po.organizationId === organizationOf(e.studyId),
        ),
      );
    return {
      codes: CATALOGUE,
      users: USERS.map((id, i) => ({ id, ...drawn.users[i]! })),
      practitioners: PRACTITIONERS,
      patients,
      organizations: [
        { id: 0, partOf: null, createdBy: null, hadManager: false, closed: false },
        ...ORGANIZATIONS.map((id, i) => ({
          id,
          partOf: drawn.parents[i]!,
          createdBy: drawn.founders[i]!,
          hadManager: drawn.hadManager[i]!,
          closed: drawn.closed[i]!,
        })),
      ],
      memberships: drawn.memberships.map(([p, organizationId], i) => ({
        practitionerId: p.id,
        organizationId,
        role: drawn.roles[i]!,
      })),
      patientOrganizations,
      studies,
      studyClients: drawn.studyClients.map(([studyId, clientId]) => ({ studyId, clientId })),
      requestedCodes,
      enrollments,
      consents: drawn.consents
        .map(([p, studyId, codeId], i) => {
          const { answer, over, own } = drawn.answers[i]!;
          return {
            patientId: p.id,
            studyId,
            codeId,
            permitted: answer !== 'no',
            opens: answer === 'opens',
            over,
            own: own && keeperOf(p.id) === null,
          };
        })
        .filter(
          (c) =>
            enrollments.some((e) => e.patientId === c.patientId && e.studyId === c.studyId) &&
            requestedCodes.some((r) => r.studyId === c.studyId && r.codeId === c.codeId),
        ),
      declinedMeasures: drawn.declined.map(([p, organizationId, measure, session]) => ({
        patientId: p.id,
        organizationId,
        measure,
        session,
      })),
      linkSessions: LINKS.map((link, i) => ({
        ...link,
        organizationId: drawn.linkOrganizations[i] ?? keeperOf(link.patientId) ?? 1,
        clientId: drawn.linkClients[i]!,
        allowed: drawn.allowed[i]!,
      })),
      shownStudies: drawn.shown
        .filter(([, p, studyId]) => enrollments.some((e) => e.patientId === p.id && e.studyId === studyId))
        .map(([{ grantId }, p, studyId]) => ({ grantId, patientId: p.id, studyId })),
      proposals: drawn.proposals.map(([p, studyId], i) => ({
        patientId: p.id,
        organizationId: organizationOf(studyId) ?? 1 + (i % 3),
        studyId,
        open: drawn.open[i]!,
      })),
    };
  });

const FULL: Grant[] = [{ context: 'user', type: '*', letters: 'cruds' }];

/**
 * Every person of the world, as a token of the portal would present them; then every session that came from a link, the
 * first of them in somebody else's hands as well; a program of a patient; and people in apps.
 */
export function principalsOf(world: World, grants: readonly Grant[] = FULL): Principal[] {
  const [firstLink] = world.linkSessions;
  return [
    ...world.users.map((user) => present(world, user.id, { kind: 'person', grantId: `p${user.id}` }, grants)),
    ...world.linkSessions.map((link) =>
      present(world, link.userId, { kind: 'person', grantId: link.grantId }, grants, link.clientId),
    ),
    present(world, 16, { kind: 'person', grantId: firstLink!.grantId }, grants),
    present(world, 15, { kind: 'program' }, grants),
    ...APP_SESSIONS.map(({ userId, grantId, clientId }) =>
      present(world, userId, { kind: 'person', grantId }, grants, clientId),
    ),
  ];
}

/** As the gate makes a Principal: the facts about the session are read at every request. */
export function present(
  world: World,
  userId: number,
  session: Session,
  grants: readonly Grant[],
  clientId = 'jhe-portal',
): Principal {
  const user = world.users.find(({ id }) => id === userId)!;
  const link =
    session.kind === 'person'
      ? world.linkSessions.find((l) => l.grantId === session.grantId && !l.allowed)
      : undefined;
  const reached =
    link?.userId === userId &&
    world.patients.some((p) => p.id === link.patientId && p.keeper === link.organizationId)
      ? { patientId: link.patientId, organizationId: link.organizationId }
      : null;
  const patientIds =
    session.kind === 'person' && !link && user.emailVerified
      ? world.patients.filter((p) => p.userId === userId && p.keeper === null).map(({ id }) => id)
      : [];
  const patientId = patientIds[0] ?? reached?.patientId ?? null;
  return {
    userId,
    practitionerId: link ? null : (world.practitioners.find((p) => p.userId === userId)?.id ?? null),
    session,
    patientIds,
    link: reached,
    patientId,
    emailVerified: user.emailVerified,
    superuser: user.superuser && !link,
    patientInContext: patientId,
    clientId,
    grants,
  };
}

/** What a token leaves of a person's sight; `launchedFor` is the patient of a launch. */
type Narrowing = { grants: readonly Grant[]; launchedFor?: number };

const readings = (context: Grant['context'], codes: NonNullable<Grant['codes']>): Grant => ({
  context,
  type: 'Observation',
  letters: 'crs',
  codes,
});

/**
 * An app of the patient, one type only, the wrong type, letters without reading, none; codes with and without their
 * system, no code at all; a launch for one patient.
 */
export const NARROWINGS: readonly Narrowing[] = [
  { grants: [{ context: 'patient', type: '*', letters: 'cruds' }] },
  { grants: [{ context: 'user', type: 'Observation', letters: 'rs' }] },
  { grants: [{ context: 'user', type: 'Patient', letters: 'rs' }] },
  {
    grants: [
      { context: 'patient', type: 'Observation', letters: 'rs' },
      { context: 'user', type: 'Patient', letters: 'c' },
      { context: 'user', type: 'Patient', letters: 'c' },
    ],
  },
  { grants: [] },
  { grants: [readings('user', [{ system: OMH, code: 'omh:a:1.0' }])] },
  {
    grants: [
      readings('user', [{ system: null, code: 'omh:a:1.0' }]),
      readings('patient', [{ system: OMH, code: 'omh:a:2.0' }]),
    ],
  },
  { grants: [readings('user', []), { context: 'patient', type: 'Patient', letters: 'r' }] },
  // Codes mean nothing where a row is about no code.
  {
    grants: [{ context: 'user', type: 'Patient', letters: 'r', codes: [{ system: OMH, code: 'omh:a:1.0' }] }],
  },
  { grants: [{ context: 'patient', type: '*', letters: 'cruds' }], launchedFor: 201 },
  { grants: [readings('patient', [{ system: 'other', code: 'omh:a:1.0' }])], launchedFor: 203 },
];
