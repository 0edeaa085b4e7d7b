/** Writes a world of the proofs into a database. */
import type { Connection } from '../../apps/exchange/src/database/pool.ts';
import type { World } from '../../apps/exchange/src/domain/may.ts';
import { APPS, CODES, ORGANIZATIONS } from './world.ts';

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
  'link_session',
  'proposal',
  'declined_measure',
  'record_event',
  'patient_number',
  'study_version',
  'appointment',
  'shown_study',
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
  for (const o of world.organizations.filter(({ id }) => id !== 0)) {
    await insert('organization', [
      {
        id: o.id,
        name: `o${o.id}`,
        type: 'team',
        part_of: o.partOf,
        created_by: o.createdBy,
        had_manager: o.hadManager,
        closed_until: o.closed ? new Date(Date.now() + 86_400_000) : null,
        last_updated: new Date(0),
      },
    ]);
  }
  await insert(
    'patient',
    world.patients.map((p) => ({
      id: p.id,
      user_id: p.userId,
      keeper_organization_id: p.keeper,
      last_updated: new Date(0),
    })),
  );
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
    [...world.codes, { id: 9, system: 's', code: 'nine' }].map(({ id, system, code }) => ({
      id,
      system,
      code,
      text: code,
    })),
  );
  await insert(
    'data_source',
    [1, 2].map((id) => ({ id, name: `d${id}`, type: 'personal_device', last_updated: new Date(0) })),
  );
  await insert('data_source_code', [{ id: 1, data_source_id: 1, code_id: 1 }]);
  await insert(
    'client',
    [1, 2, 3].map((id) => ({
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
      purpose: 'HRESCH',
      version: 1,
      last_updated: new Date(0),
    })),
  );
  await insert(
    'requested_code',
    world.requestedCodes.map((r, i) => ({ id: i + 1, study_id: r.studyId, code_id: r.codeId })),
  );
  await insert(
    'study_client',
    world.studyClients.map((s, i) => ({
      id: i + 1,
      study_id: s.studyId,
      client_id: APPS.indexOf(s.clientId) + 1,
    })),
  );
  await insert(
    'study_version',
    world.studies.map((s) => ({
      study_id: s.id,
      version: 1,
      name: 'n',
      description: 'd',
      purpose: 'HRESCH',
      at: new Date(0),
    })),
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
      organization_id: world.studies.find((s) => s.id === e.studyId)!.organizationId,
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
      opens: c.opens,
      own: c.own,
      ends_at: c.over ? new Date(0) : null,
      decided_at: new Date(0),
    })),
  );
  await insert(
    'link_session',
    world.linkSessions.map((l) => ({
      grant_id: l.grantId,
      user_id: l.userId,
      patient_id: l.patientId,
      organization_id: l.organizationId,
      client_id: l.clientId,
      started_at: new Date(0),
      allowed_at: l.allowed ? new Date(0) : null,
    })),
  );
  await insert(
    'shown_study',
    world.shownStudies.map((s) => ({
      grant_id: s.grantId,
      patient_id: s.patientId,
      study_id: s.studyId,
      shown_at: new Date(0),
    })),
  );
  await insert(
    'proposal',
    world.proposals.map((p, i) => ({
      id: i + 1,
      patient_id: p.patientId,
      organization_id: p.organizationId,
      study_id: p.studyId,
      proposed_at: new Date(0),
      state: p.open ? 'open' : 'lifted',
    })),
  );
  await insert(
    'declined_measure',
    world.declinedMeasures.map((d) => ({
      patient_id: d.patientId,
      organization_id: d.organizationId,
      measure: d.measure,
      session: d.session,
      at: new Date(0),
    })),
  );
  await insert(
    'record_event',
    world.patients.map((p) => ({
      patient_id: p.id,
      id: p.id,
      at: new Date(0),
      kind: 'corrected',
      detail: {},
    })),
  );
  await insert(
    'patient_number',
    world.patients.flatMap((p) =>
      [1, 2].map((organizationId) => ({
        number: p.id + 1000,
        organization_id: organizationId,
        patient_id: p.id,
      })),
    ),
  );
  await insert(
    'appointment',
    ORGANIZATIONS.map((id) => ({
      id: id + 1_000_000,
      organization_id: id,
      practitioner_id: 101,
      role: 'viewer',
      proposed_at: new Date(0),
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
        own: false,
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
      .map(({ patientId, codeId }) => ({
        patient_id: patientId,
        code_id: codeId,
        observations: codeId,
        mixed: world.patients.some((p) => p.id === patientId && p.keeper === null) && codeId === 1,
      })),
  );
  await insert(
    'patient_identifier',
    world.patients.flatMap((p) =>
      [1, 2, 3].map((organizationId) => ({
        id: p.id * 10 + organizationId,
        patient_id: p.id,
        organization_id: organizationId,
        system: 'mrn',
        value: String(p.id),
      })),
    ),
  );
  await insert(
    'invitation',
    world.patients.map((p) => ({
      id: p.id,
      patient_id: p.id,
      client_id: 1,
      organization_id: p.keeper,
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
