/** People, organizations, studies and the catalogue of the demo world: rows with ids of their own, so not by deeds. */
import type { System, SystemSight } from '../access/system.ts';
import { raw, sql } from '../database/sql.ts';
import { hashClientSecret } from '../domain/client-secret.ts';
import { registerEhrLaunchClient } from '../store/oauth-clients.ts';
import { CLIENTS, CODES, DATA_SOURCES, NOTEBOOK, STUDIES } from './catalogue.ts';
import { ORGANIZATIONS, PATIENTS, PRACTITIONERS } from './people.ts';

type Begun = { state: 'done' } | { state: 'occupied' } | { state: 'begun'; lastDay: string };

/** Tables whose rows have ids here; their sequences go on after them. */
const NUMBERED = [
  'app_user',
  'practitioner',
  'patient',
  'organization',
  'code',
  'data_source',
  'client',
  'study',
];

/**
 * Makes the directory in one transaction, remembering the last day of the readings so that a seed that is continued
 * on another day makes the same readings. Does nothing in a database that has other people in it, or that is done.
 */
export function beginSeed(
  system: System,
  { siteUrl, lastDay, passwordHash }: { siteUrl: string; lastDay: string; passwordHash: string },
): Promise<Begun> {
  return system('seed', async (sight): Promise<Begun> => {
    const [demo] = await sight.query<{ value: { lastDay: string; done: boolean } }>(
      sql`select value from setting where key = 'demo' for update`,
    );
    if (demo) return demo.value.done ? { state: 'done' } : { state: 'begun', lastDay: demo.value.lastDay };
    const people = await sight.query(sql`select from app_user limit 1`);
    if (people.length > 0) return { state: 'occupied' };

    await insertPeople(sight, passwordHash);
    await insertCatalogue(sight, siteUrl);
    for (const table of NUMBERED) {
      await sight.query(
        sql`select setval(pg_get_serial_sequence(${table}, 'id'), (select max(id) from ${raw(table)}))`,
      );
    }
    await sight.query(sql`insert into setting (key, value) values
      ('demo', ${{ lastDay, done: false }}), ('organization.self_service_top_level', 'true'),
      ('site.registration_invite_code', '"jhe"'),
      ('auth.patient_access_clients', ${JSON.stringify(CLIENTS.map(({ clientId }) => clientId))}::jsonb)`);
    await insertEhrTrust(sight);
    return { state: 'begun', lastDay };
  });
}

/** The client of EHR apps under the name and secret that developers know, and whom it trusts: the sandbox of Epic. */
async function insertEhrTrust(sight: SystemSight): Promise<void> {
  await registerEhrLaunchClient(sight, {
    clientId: 'sof-ehr-launch',
    secretHash: hashClientSecret('sof-ehr-launch-dev-secret'),
  });
  await sight.query(sql`
    insert into setting (key, value) values
      ('auth.sof.trusted_issuers', ${JSON.stringify(['https://fhir.epic.com/interconnect-fhir-oauth/oauth2'])}::jsonb),
      ('auth.sof.trusted_audience', ${JSON.stringify('77849e74-8e2a-4c2f-826c-bdbef6da3357')}::jsonb),
      ('auth.sof.unauthenticated_issuers', '[]'::jsonb)
    on conflict (key) do nothing`);
}

/** Whether the demo world was made in this database, wholly or in part. */
export async function hasDemoWorld(system: System): Promise<boolean> {
  const rows = await system('seed', (sight) => sight.query(sql`select from setting where key = 'demo'`));
  return rows.length > 0;
}

export async function finishSeed(system: System): Promise<void> {
  await system('seed', (sight) =>
    sight.query(sql`update setting set value = value || '{"done": true}' where key = 'demo'`),
  );
}

async function insertPeople(sight: SystemSight, passwordHash: string): Promise<void> {
  for (const o of ORGANIZATIONS) {
    await sight.query(
      sql`insert into organization (id, name, type, part_of) values (${o.id}, ${o.name}, ${o.type}, ${o.partOf})`,
    );
  }
  for (const p of PRACTITIONERS) {
    const identifier = p.superuser ? '' : `fhir-${String(p.userId).slice(-1).repeat(3)}`;
    await sight.query(sql`
      insert into app_user (id, email, password_hash, first_name, last_name, identifier, user_type, email_verified, superuser)
      values (${p.userId}, ${p.email}, ${passwordHash}, ${p.given}, ${p.family}, ${identifier}, 'practitioner', true, ${p.superuser ?? false})`);
    const settings = p.selected
      ? { current_organization_id: p.selected[0], current_study_id: p.selected[1] }
      : {};
    await sight.query(sql`
      insert into practitioner (id, user_id, identifier, name_family, name_given, settings)
      values (${p.practitionerId}, ${p.userId}, ${identifier || null}, ${p.family}, ${p.given}, ${settings})`);
    for (const [organizationId, role] of p.memberships) {
      await sight.query(sql`
        insert into membership (practitioner_id, organization_id, role) values (${p.practitionerId}, ${organizationId}, ${role})`);
      if (role === 'manager')
        await sight.query(sql`update organization set had_manager = true where id = ${organizationId}`);
    }
  }
  for (const p of PATIENTS) {
    const identifier = `fhir-${String(p.userId).slice(-1).repeat(3)}`;
    await sight.query(sql`
      insert into app_user (id, email, password_hash, first_name, last_name, identifier, user_type, email_verified)
      values (${p.userId}, ${p.email}, ${passwordHash}, ${p.given}, ${p.family}, ${identifier}, 'patient', true)`);
    await sight.query(sql`
      insert into patient (id, user_id, name_family, name_given, birth_date, telecom_phone)
      values (${p.patientId}, ${p.userId}, ${p.family}, ${p.given}, ${p.birthDate}, ${p.phone})`);
    for (const organizationId of p.organizations) {
      await sight.query(sql`insert into patient_organization values (${p.patientId}, ${organizationId})`);
    }
    for (const [system, value] of p.identifiers) {
      await sight.query(
        sql`insert into patient_identifier (patient_id, organization_id, system, value)
          values (${p.patientId}, ${p.organizations[0]}, ${system}, ${value})`,
      );
    }
  }
}

async function insertCatalogue(sight: SystemSight, siteUrl: string): Promise<void> {
  for (const c of CODES) {
    await sight.query(
      sql`insert into code (id, system, code, text) values (${c.id}, ${c.system}, ${c.code}, ${c.text})`,
    );
  }
  for (const d of DATA_SOURCES) {
    await sight.query(sql`insert into data_source (id, name, type) values (${d.id}, ${d.name}, ${d.type})`);
    for (const codeId of d.codes) {
      await sight.query(
        sql`insert into data_source_code (data_source_id, code_id) values (${d.id}, ${codeId})`,
      );
    }
  }
  const redirect = `${siteUrl}/auth/callback`;
  // What the server registered of its own, beside the portal, makes room for the ids that everybody knows.
  await sight.query(
    sql`update client set id = id + 1000 where id = any (${[...CLIENTS, NOTEBOOK].map(({ id }) => id)}::bigint[])`,
  );
  for (const c of CLIENTS) {
    await sight.query(sql`
      insert into client (id, client_id, name, redirect_uris, post_logout_redirect_uris, skip_authorization, default_scopes, invitation_url)
      values (${c.id}, ${c.clientId}, ${c.name}, ${[redirect]}, ${[`${siteUrl}/`]}, true, ${c.defaultScopes}, ${c.invitationUrl})`);
    for (const dataSourceId of c.dataSources) {
      await sight.query(
        sql`insert into client_data_source (client_id, data_source_id) values (${c.id}, ${dataSourceId})`,
      );
    }
  }
  await sight.query(sql`
    insert into client (id, client_id, name, redirect_uris, launch_uri, default_scopes)
    values (${NOTEBOOK.id}, ${NOTEBOOK.clientId}, ${NOTEBOOK.name}, ${[NOTEBOOK.redirectUri]}, ${NOTEBOOK.launchUri},
      ${NOTEBOOK.defaultScopes})`);
  for (const s of STUDIES) {
    await sight.query(sql`
      insert into study (id, organization_id, name, description) values (${s.id}, ${s.organization}, ${s.name}, ${s.description})`);
    await sight.query(sql`
      insert into study_version (study_id, version, name, description, purpose)
      select id, version, name, description, purpose from study where id = ${s.id}`);
    for (const codeId of s.codes) {
      await sight.query(sql`insert into requested_code (study_id, code_id) values (${s.id}, ${codeId})`);
    }
    for (const dataSourceId of s.dataSources) {
      await sight.query(
        sql`insert into study_data_source (study_id, data_source_id) values (${s.id}, ${dataSourceId})`,
      );
    }
    for (const clientId of s.clients) {
      await sight.query(sql`insert into study_client (study_id, client_id) values (${s.id}, ${clientId})`);
    }
  }
}
