/** What a study asks for, by which apps and from which sources: three links of one form, each with its own row. */
import type { Sight, WritableSight } from '../access/sight.ts';
import { sql } from '../database/sql.ts';

export type RequestedCodeRow = Readonly<{
  id: number;
  studyId: number;
  codeId: number;
  system: string;
  code: string;
  text: string;
}>;

/** What a study asks for, in the order it was asked. */
export function requestedCodes(sight: Sight, studyId: number): Promise<RequestedCodeRow[]> {
  return sight.query<RequestedCodeRow>(sql`
    select r.id, r.study_id, r.code_id, k.system, k.code, k.text
    from ${sight.requestedCodes} r join ${sight.codes} k on k.id = r.code_id
    where r.study_id = ${studyId}
    order by r.id`);
}

/** Adds a code to what a manageable study asks for; false when it was asked for already. */
export async function requestCode(sight: WritableSight, studyId: number, codeId: number): Promise<boolean> {
  const made = await sight.query(sql`
    insert into requested_code (study_id, code_id)
    select m.study_id, ${codeId}::bigint from ${sight.manageableStudies} m where m.study_id = ${studyId}
    on conflict (study_id, code_id) do nothing
    returning id`);
  return made.length > 0;
}

/** Answers to it are ended first, by operations/change-study.ts: a key holds the request as long as one stands. */
export async function withdrawCode(sight: WritableSight, studyId: number, codeId: number): Promise<void> {
  await sight.query(sql`
    delete from requested_code r using ${sight.manageableStudies} m
    where m.study_id = ${studyId} and r.study_id = m.study_id and r.code_id = ${codeId}`);
}

export type StudyClientRow = Readonly<{
  id: number;
  studyId: number;
  clientId: number;
  name: string;
  oauthClientId: string;
  invitationUrl: string | null;
}>;

/** The patients' apps of a study. */
export function clients(sight: Sight, studyId: number): Promise<StudyClientRow[]> {
  return sight.query<StudyClientRow>(sql`
    select l.id, l.study_id, l.client_id, c.name, c.client_id as oauth_client_id, c.invitation_url
    from ${sight.studyClients} l join ${sight.clients} c on c.id = l.client_id
    where l.study_id = ${studyId}
    order by l.id`);
}

export async function addClient(sight: WritableSight, studyId: number, clientId: number): Promise<boolean> {
  const made = await sight.query(sql`
    insert into study_client (study_id, client_id)
    select m.study_id, ${clientId}::bigint from ${sight.manageableStudies} m where m.study_id = ${studyId}
    on conflict (study_id, client_id) do nothing
    returning id`);
  return made.length > 0;
}

export async function removeClient(sight: WritableSight, studyId: number, clientId: number): Promise<void> {
  await sight.query(sql`
    delete from study_client l using ${sight.manageableStudies} m
    where m.study_id = ${studyId} and l.study_id = m.study_id and l.client_id = ${clientId}`);
}

export type StudyDataSourceRow = Readonly<{
  id: number;
  studyId: number;
  dataSourceId: number;
  name: string;
  type: string;
}>;

/** The sources a study's readings come from. */
export function dataSources(sight: Sight, studyId: number): Promise<StudyDataSourceRow[]> {
  return sight.query<StudyDataSourceRow>(sql`
    select l.id, l.study_id, l.data_source_id, d.name, d.type
    from ${sight.studyDataSources} l join ${sight.dataSources} d on d.id = l.data_source_id
    where l.study_id = ${studyId}
    order by l.id`);
}

export async function addDataSource(
  sight: WritableSight,
  studyId: number,
  dataSourceId: number,
): Promise<boolean> {
  const made = await sight.query(sql`
    insert into study_data_source (study_id, data_source_id)
    select m.study_id, ${dataSourceId}::bigint from ${sight.manageableStudies} m where m.study_id = ${studyId}
    on conflict (study_id, data_source_id) do nothing
    returning id`);
  return made.length > 0;
}

export async function removeDataSource(
  sight: WritableSight,
  studyId: number,
  dataSourceId: number,
): Promise<void> {
  await sight.query(sql`
    delete from study_data_source l using ${sight.manageableStudies} m
    where m.study_id = ${studyId} and l.study_id = m.study_id and l.data_source_id = ${dataSourceId}`);
}
