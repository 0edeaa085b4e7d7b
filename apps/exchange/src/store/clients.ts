import type { Sight, WritableSight } from '../access/sight.ts';
import { join, type Sql, sql } from '../database/sql.ts';
import { type Page, page, type Window } from './page.ts';

/** A patients' app: an OAuth client that invitations can open. `id` is our row, `clientId` is OAuth's name for it. */
export type ClientRow = Readonly<{
  id: number;
  clientId: string;
  name: string;
  invitationUrl: string;
  /** Where the app is opened about a patient, if it can be. */
  launchUri: string | null;
  redirectUris: readonly string[];
  createdAt: Date;
}>;

const columns = sql`c.id, c.client_id, c.name, c.invitation_url, c.launch_uri, c.redirect_uris, c.created_at`;

/** Only patients' apps: the portal and other programs are nobody's to link. */
const apps = (sight: Sight, ...conditions: Sql[]) => sql`
  from ${sight.clients} c
  where ${join([sql`c.invitation_url is not null`, ...conditions], ' and ')}`;

/** Patients' apps, newest first. */
export function list(sight: Sight, window: Window): Promise<Page<ClientRow>> {
  return page<ClientRow>(sight, {
    columns,
    from: apps(sight),
    order: sql`c.created_at desc, c.id desc`,
    window,
  });
}

/** Apps that can be opened about a patient, by name, whether they are patients' apps or not. */
export function listLaunchable(
  sight: Sight,
  window: Window,
): Promise<Page<Omit<ClientRow, 'invitationUrl'> & { invitationUrl: string | null }>> {
  return page(sight, {
    columns,
    from: sql`from ${sight.clients} c where c.launch_uri is not null and c.approved_at is not null`,
    order: sql`lower(c.name), c.id`,
    window,
  });
}

export async function get(sight: Sight, id: number): Promise<ClientRow | undefined> {
  const [row] = await sight.query<ClientRow>(sql`select ${columns} ${apps(sight, sql`c.id = ${id}`)}`);
  return row;
}

/** The apps of every visible study that a patient is enrolled in, each once. */
export function ofPatient(sight: Sight, patientId: number): Promise<ClientRow[]> {
  return sight.query<ClientRow>(sql`
    select ${columns} ${apps(
      sight,
      sql`c.id in (
        select l.client_id from ${sight.studyClients} l join ${sight.enrollments} e on e.study_id = l.study_id
        where e.patient_id = ${patientId})`,
    )}
    order by c.id`);
}

/** Whether a study of an organization where this principal manages the patient has this app, and the patient. */
export async function serves(sight: Sight, clientId: number, patientId: number): Promise<boolean> {
  const rows = await sight.query(sql`
    select 1 as one
    from ${sight.studyClients} l
    join ${sight.enrollments} e on e.study_id = l.study_id and e.patient_id = ${patientId}
    join ${sight.manageableStudies} s on s.study_id = l.study_id
    join ${sight.manageablePatients} p on p.organization_id = s.organization_id and p.patient_id = e.patient_id
    where l.client_id = ${clientId}
    limit 1`);
  return rows.length > 0;
}

/** Adds a public client with PKCE; undefined when the name is taken. The database refuses all but superusers. */
export async function insert(
  sight: WritableSight,
  client: {
    clientId: string;
    name: string;
    invitationUrl: string;
    launchUri?: string | null | undefined;
    redirectUris: readonly string[];
    scopes: string;
  },
): Promise<number | undefined> {
  const [row] = await sight.query<{ id: number }>(sql`
    insert into client (client_id, name, invitation_url, launch_uri, redirect_uris, skip_authorization, default_scopes)
    values (${client.clientId}, ${client.name}, ${client.invitationUrl}, ${client.launchUri ?? null},
      ${client.redirectUris}, true, ${client.scopes})
    on conflict (client_id) do nothing
    returning id`);
  return row?.id;
}

export async function update(
  sight: WritableSight,
  id: number,
  changes: {
    clientId?: string | undefined;
    name?: string | undefined;
    invitationUrl?: string | undefined;
    launchUri?: string | null | undefined;
  },
): Promise<void> {
  await sight.query(sql`
    update client c
    set client_id = coalesce(${changes.clientId ?? null}::text, c.client_id),
      name = coalesce(${changes.name ?? null}::text, c.name),
      invitation_url = coalesce(${changes.invitationUrl ?? null}::text, c.invitation_url),
      launch_uri = ${changes.launchUri === undefined ? sql`c.launch_uri` : sql`${changes.launchUri}::text`},
      last_updated = now()
    where c.id = ${id} and c.invitation_url is not null`);
}

/** Whether another client has this OAuth name. */
export async function nameIsTaken(sight: Sight, clientId: string, exceptId: number): Promise<boolean> {
  const rows = await sight.query(
    sql`select 1 as one from ${sight.clients} c where c.client_id = ${clientId} and c.id <> ${exceptId}`,
  );
  return rows.length > 0;
}

/** Removes an app, with its links and invitations. */
export async function remove(sight: WritableSight, id: number): Promise<void> {
  await sight.query(sql`delete from client c where c.id = ${id} and c.invitation_url is not null`);
}

export type ClientDataSourceRow = Readonly<{ id: number; clientId: number; dataSourceId: number }>;

/** Links a data source to an app, once. Returns the link and whether it is new. */
export async function addDataSource(
  sight: WritableSight,
  clientId: number,
  dataSourceId: number,
): Promise<{ link: ClientDataSourceRow; created: boolean }> {
  const made = await sight.query(sql`
    insert into client_data_source (client_id, data_source_id) values (${clientId}, ${dataSourceId})
    on conflict (client_id, data_source_id) do nothing
    returning id`);
  const [link] = await sight.query<ClientDataSourceRow>(sql`
    select l.id, l.client_id, l.data_source_id from ${sight.clientDataSources} l
    where l.client_id = ${clientId} and l.data_source_id = ${dataSourceId}`);
  return { link: link!, created: made.length > 0 };
}

export async function removeDataSource(
  sight: WritableSight,
  clientId: number,
  dataSourceId: number,
): Promise<void> {
  await sight.query(sql`
    delete from client_data_source l where l.client_id = ${clientId} and l.data_source_id = ${dataSourceId}`);
}
