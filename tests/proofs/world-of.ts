/** What a database says about people, organizations, studies and consents, as the access rule in words knows it. */
import type { Pool } from '../../apps/exchange/src/database/pool.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import type { Grant, Principal, Session } from '../../apps/exchange/src/domain/principal.ts';
import { present } from '../access/world.ts';

/** Column names of each table, by their names in a World. */
const TABLES: Readonly<Record<keyof World, { table: string; columns: Readonly<Record<string, string>> }>> = {
  codes: { table: 'code', columns: { id: 'id', system: 'system', code: 'code', measure: 'measure' } },
  users: {
    table: 'app_user',
    columns: { id: 'id', active: 'active', superuser: 'superuser', emailVerified: 'email_verified' },
  },
  practitioners: { table: 'practitioner', columns: { id: 'id', userId: 'user_id' } },
  patients: { table: 'patient', columns: { id: 'id', userId: 'user_id', keeper: 'keeper_organization_id' } },
  organizations: {
    table: 'organization',
    columns: {
      id: 'id',
      partOf: 'part_of',
      createdBy: 'created_by',
      hadManager: 'had_manager',
      closed: 'coalesce(closed_until > now(), false)',
    },
  },
  memberships: {
    table: 'membership',
    columns: { practitionerId: 'practitioner_id', organizationId: 'organization_id', role: 'role' },
  },
  patientOrganizations: {
    table: 'patient_organization',
    columns: { patientId: 'patient_id', organizationId: 'organization_id' },
  },
  studies: { table: 'study', columns: { id: 'id', organizationId: 'organization_id' } },
  requestedCodes: { table: 'requested_code', columns: { studyId: 'study_id', codeId: 'code_id' } },
  enrollments: { table: 'enrollment', columns: { patientId: 'patient_id', studyId: 'study_id' } },
  consents: {
    table: 'consent',
    columns: {
      patientId: 'patient_id',
      studyId: 'study_id',
      codeId: 'code_id',
      permitted: 'permitted',
      opens: 'opens',
      over: 'coalesce(ends_at <= now(), false)',
      own: 'own',
    },
  },
  studyClients: {
    table: 'study_client l join client c on c.id = l.client_id',
    columns: { studyId: 'l.study_id', clientId: 'c.client_id' },
  },
  declinedMeasures: {
    table: 'declined_measure',
    columns: {
      patientId: 'patient_id',
      organizationId: 'organization_id',
      measure: 'measure',
      session: 'session',
    },
  },
  linkSessions: {
    table: 'link_session',
    columns: {
      grantId: 'grant_id',
      userId: 'user_id',
      patientId: 'patient_id',
      organizationId: 'organization_id',
      clientId: 'client_id',
      allowed: 'allowed_at is not null',
    },
  },
  shownStudies: {
    table: 'shown_study',
    columns: { grantId: 'grant_id', patientId: 'patient_id', studyId: 'study_id' },
  },
  proposals: {
    table: 'proposal',
    columns: {
      patientId: 'patient_id',
      organizationId: 'organization_id',
      studyId: 'study_id',
      open: "state = 'open'",
    },
  },
};

/** Reads the whole world as the owner of the database sees it. */
export async function readWorld(owner: Pool): Promise<World> {
  const world: Record<string, unknown> = {};
  for (const [name, { table, columns }] of Object.entries(TABLES)) {
    const list = Object.entries(columns).map(([name, column]) => `${column} as "${name}"`);
    world[name] = (await owner.query(`select ${list.join(', ')} from ${table}`)).rows;
  }
  return world as World;
}

export const EVERYTHING: readonly Grant[] = [{ context: 'user', type: '*', letters: 'cruds' }];

/** A user of a world as a token presents them: of a session of their own, if no other is named. */
export function principalIn(
  world: World,
  userId: number,
  grants: readonly Grant[] = EVERYTHING,
  session: Session = { kind: 'person', grantId: `own-${userId}` },
): Principal {
  if (!world.users.some((u) => u.id === userId)) throw new Error(`no user ${userId}`);
  return present(world, userId, session, grants);
}
