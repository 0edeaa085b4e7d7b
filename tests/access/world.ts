/** Worlds for the proofs of the access rule: small enough to try every row, mixed enough that every clause matters. */
import fc from 'fast-check';
import type { Connection } from '../../apps/exchange/src/database/pool.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import type { Grant, Principal } from '../../apps/exchange/src/domain/principal.ts';

export const CODES = [1, 2, 3];
/** The catalogue: 1 and 3 differ by their system alone. */
const CATALOGUE = [
  { id: 1, system: 's', code: 'a' },
  { id: 2, system: 's', code: 'b' },
  { id: 3, system: 'other', code: 'a' },
];
const ORGANIZATIONS = [1, 2, 3, 4];
const USERS = [11, 12, 13, 14, 15, 16];
const PRACTITIONERS = [
  { id: 101, userId: 11 },
  { id: 102, userId: 12 },
  { id: 103, userId: 13 },
  { id: 104, userId: 14 },
];
/** 202 is both practitioner and patient; 203 has no login. */
const PATIENTS = [
  { id: 201, userId: 15 },
  { id: 202, userId: 14 },
  { id: 203, userId: null },
];
const STUDIES = [301, 302, 303];

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
    roles: fc.array(fc.constantFrom('viewer' as const, 'member' as const, 'manager' as const), {
      minLength: 12,
      maxLength: 12,
    }),
    patientOrganizations: subset(pairs(PATIENTS, ORGANIZATIONS.slice(0, 3)), 45),
    studyOrganizations: fc.tuple(...STUDIES.map(() => fc.constantFrom(1, 2, 3))),
    requestedCodes: subset(pairs(STUDIES, CODES), 60),
    enrollments: subset(pairs(PATIENTS, STUDIES), 60),
    // Consents stand also where nobody is enrolled or nothing is requested: stale answers must count for nothing.
    consents: subset(
      PATIENTS.flatMap((p) => STUDIES.flatMap((s) => CODES.map((c) => [p, s, c] as const))),
      75,
    ),
    permitted: fc.array(fc.boolean(), { minLength: 27, maxLength: 27 }),
  })
  .map((drawn) => ({
    codes: CATALOGUE,
    users: USERS.map((id, i) => ({ id, ...drawn.users[i]! })),
    practitioners: PRACTITIONERS,
    patients: PATIENTS,
    organizations: [
      { id: 0, partOf: null, createdBy: null },
      ...ORGANIZATIONS.map((id, i) => ({ id, partOf: drawn.parents[i]!, createdBy: drawn.founders[i]! })),
    ],
    memberships: drawn.memberships.map(([p, organizationId], i) => ({
      practitionerId: p.id,
      organizationId,
      role: drawn.roles[i]!,
    })),
    patientOrganizations: drawn.patientOrganizations.map(([p, organizationId]) => ({
      patientId: p.id,
      organizationId,
    })),
    studies: STUDIES.map((id, i) => ({ id, organizationId: drawn.studyOrganizations[i]! })),
    requestedCodes: drawn.requestedCodes.map(([studyId, codeId]) => ({ studyId, codeId })),
    enrollments: drawn.enrollments.map(([p, studyId]) => ({ patientId: p.id, studyId })),
    consents: drawn.consents.map(([p, studyId, codeId], i) => ({
      patientId: p.id,
      studyId,
      codeId,
      permitted: drawn.permitted[i]!,
    })),
  }));

const FULL: Grant[] = [{ context: 'user', type: '*', letters: 'cruds' }];

/** Every person of the world, as a token of the portal would present them. */
export function principalsOf(world: World, grants: readonly Grant[] = FULL): Principal[] {
  return world.users.map((user) => ({
    userId: user.id,
    practitionerId: world.practitioners.find((p) => p.userId === user.id)?.id ?? null,
    patientId: world.patients.find((p) => p.userId === user.id)?.id ?? null,
    emailVerified: user.emailVerified,
    superuser: user.superuser,
    patientInContext: world.patients.find((p) => p.userId === user.id)?.id ?? null,
    clientId: 'jhe-portal',
    grants,
  }));
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
  { grants: [readings('user', [{ system: 's', code: 'a' }])] },
  {
    grants: [
      readings('user', [{ system: null, code: 'a' }]),
      readings('patient', [{ system: 's', code: 'b' }]),
    ],
  },
  { grants: [readings('user', []), { context: 'patient', type: 'Patient', letters: 'r' }] },
  // Codes mean nothing where a row is about no code.
  { grants: [{ context: 'user', type: 'Patient', letters: 'r', codes: [{ system: 's', code: 'a' }] }] },
  { grants: [{ context: 'patient', type: '*', letters: 'cruds' }], launchedFor: 201 },
  { grants: [readings('patient', [{ system: 'other', code: 'a' }])], launchedFor: 203 },
];

const TABLES = [
  'app_user',
  'practitioner',
  'patient',
  'patient_identifier',
  'membership',
  'patient_organization',
  'study',
  'requested_code',
  'study_client',
  'study_data_source',
  'enrollment',
  'consent',
  'consent_event',
  'invitation',
  'observation',
  'observation_identifier',
  'series',
  'audit_event',
  'code',
  'data_source',
  'data_source_code',
  'client',
  'client_data_source',
  'setting',
  'organization',
]; // prettier-ignore

/**
 * Writes a world into an empty or used database, as its owner: the rows of the rule, and for every patient one row of
 * everything that the rule protects.
 */
export async function loadWorld(owner: Pick<Connection, 'query'>, world: World): Promise<void> {
  await owner.query(`truncate ${TABLES.join(', ')} cascade`);
  await owner.query("insert into organization (id, name, type) values (0, 'ROOT', 'root')");
  const insert = async (table: string, rows: readonly object[]) => {
    if (!rows[0]) return;
    const columns = Object.keys(rows[0]).join(', ');
    await owner.query(
      `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(rows)],
    );
  };

  await insert(
    'app_user',
    world.users.map((u) => ({
      id: u.id,
      email: `user${u.id}@example.com`,
      first_name: '',
      last_name: '',
      identifier: '',
      active: u.active,
      superuser: u.superuser,
      email_verified: u.emailVerified,
      joined_at: new Date(0),
    })),
  );
  await insert(
    'practitioner',
    world.practitioners.map((p) => ({
      id: p.id,
      user_id: p.userId,
      settings: {},
      last_updated: new Date(0),
    })),
  );
  await insert(
    'patient',
    world.patients.map((p) => ({ id: p.id, user_id: p.userId, last_updated: new Date(0) })),
  );
  for (const o of world.organizations.filter(({ id }) => id !== 0)) {
    await insert('organization', [
      {
        id: o.id,
        name: `o${o.id}`,
        type: 'team',
        part_of: o.partOf,
        created_by: o.createdBy,
        last_updated: new Date(0),
      },
    ]);
  }
  await insert(
    'membership',
    world.memberships.map((m, i) => ({
      id: i + 1,
      practitioner_id: m.practitionerId,
      organization_id: m.organizationId,
      role: m.role,
    })),
  );
  await insert(
    'patient_organization',
    world.patientOrganizations.map((po) => ({
      patient_id: po.patientId,
      organization_id: po.organizationId,
    })),
  );
  await insert(
    'code',
    [...world.codes, { id: 9, system: 's', code: 'nine' }].map((code) => ({ ...code, text: code.code })),
  );
  await insert(
    'data_source',
    [1, 2].map((id) => ({ id, name: `d${id}`, type: 'personal_device', last_updated: new Date(0) })),
  );
  await insert('data_source_code', [{ id: 1, data_source_id: 1, code_id: 1 }]);
  await insert(
    'client',
    [1, 2].map((id) => ({
      id,
      client_id: `app${id}`,
      name: `app${id}`,
      client_type: 'public',
      grant_types: [],
      redirect_uris: [],
      post_logout_redirect_uris: [],
      allowed_origins: [],
      skip_authorization: false,
      default_scopes: '',
      created_at: new Date(0),
      last_updated: new Date(0),
    })),
  );
  await insert('client_data_source', [{ id: 1, client_id: 1, data_source_id: 1 }]);
  await insert('setting', [
    { key: 'organization.self_service_top_level', value: true, last_updated: new Date(0) },
    { key: 'site.secret', value: 1, last_updated: new Date(0) },
  ]);
  await insert(
    'study',
    world.studies.map((s) => ({
      id: s.id,
      organization_id: s.organizationId,
      name: `s${s.id}`,
      description: 'd',
      last_updated: new Date(0),
    })),
  );
  await insert(
    'requested_code',
    world.requestedCodes.map((r, i) => ({ id: i + 1, study_id: r.studyId, code_id: r.codeId })),
  );
  await insert(
    'study_client',
    world.studies.map((s) => ({ id: s.id, study_id: s.id, client_id: 1 })),
  );
  await insert(
    'study_data_source',
    world.studies.map((s) => ({ id: s.id, study_id: s.id, data_source_id: 1 })),
  );
  await insert(
    'enrollment',
    world.enrollments.map((e, i) => ({
      patient_id: e.patientId,
      study_id: e.studyId,
      id: i + 1,
      enrolled_at: new Date(0),
    })),
  );
  await insert(
    'consent',
    world.consents.map((c, i) => ({
      patient_id: c.patientId,
      study_id: c.studyId,
      code_id: c.codeId,
      id: i + 1,
      permitted: c.permitted,
      decided_at: new Date(0),
    })),
  );

  const each = world.patients.flatMap((p) => CODES.map((codeId) => ({ patientId: p.id, codeId })));
  await insert(
    'consent_event',
    world.patients.flatMap((p) =>
      world.studies.map((s) => ({
        patient_id: p.id,
        id: s.id + 1_000_000,
        study_id: s.id,
        code_id: 1,
        decision: 'permit',
        at: new Date(0),
        actor_user_id: 11,
        actor_role: 'manager',
      })),
    ),
  );
  await insert(
    'observation',
    each.map(({ patientId, codeId }) => ({
      patient_id: patientId,
      id: patientId * 10 + codeId,
      code_id: codeId,
      data_source_id: 1,
      status: 'final',
      data_point_uuid: `00000000-0000-4000-8000-${String(patientId * 10 + codeId).padStart(12, '0')}`,
      data_point: {},
      last_updated: new Date(0),
    })),
  );
  await insert(
    'observation_identifier',
    each.map(({ patientId, codeId }) => ({
      patient_id: patientId,
      observation_id: patientId * 10 + codeId,
      code_id: codeId,
      system: 's',
      value: `v${codeId}`,
    })),
  );
  // Series of the last code are left to be made, so that making one can be tried.
  await insert(
    'series',
    each
      .filter(({ codeId }) => codeId !== 3)
      .map(({ patientId, codeId }) => ({ patient_id: patientId, code_id: codeId, observations: 1 })),
  );
  await insert(
    'patient_identifier',
    world.patients.map((p) => ({ id: p.id, patient_id: p.id, system: 'mrn', value: String(p.id) })),
  );
  await insert(
    'invitation',
    world.patients.map((p) => ({
      id: p.id,
      patient_id: p.id,
      client_id: 1,
      token_hash: `${p.id}`.padEnd(43, 'x'),
      status: 'issued',
      issued_at: new Date(0),
      last_updated: new Date(0),
    })),
  );
  await insert(
    'audit_event',
    [0, ...world.patients.map((p) => p.id)].map((patientId) => ({
      patient_id: patientId,
      id: patientId + 1_000_000,
      at: new Date(0),
      request_id: 'r',
      user_id: 11,
      interaction: 'read',
      resource: 'Patient',
      outcome: 'ok',
      rows: 1,
    })),
  );
}
