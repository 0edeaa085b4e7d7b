import type { Sight, WritableSight } from '../access/sight.ts';
import { empty, type Sql, sql } from '../database/sql.ts';
import { type Page, page, type Window } from './page.ts';

export const DATA_SOURCE_TYPES = ['medical_device', 'personal_device', 'patient_app'] as const;
export type DataSourceType = (typeof DATA_SOURCE_TYPES)[number];

export type DataSourceRow = Readonly<{
  id: number;
  name: string;
  type: DataSourceType;
  lastUpdated: Date;
  /** The codes it can send. */
  codes: readonly Readonly<{ id: number; system: string; code: string; text: string }>[];
}>;

const columns = (sight: Sight) => sql`d.id, d.name, d.type, d.last_updated, coalesce((
    select jsonb_agg(jsonb_build_object('id', k.id, 'system', k.system, 'code', k.code, 'text', k.text) order by dc.id)
    from ${sight.dataSourceCodes} dc join ${sight.codes} k on k.id = dc.code_id
    where dc.data_source_id = d.id), '[]') as codes`;

const sources = (sight: Sight, where: Sql = empty) => sql`from ${sight.dataSources} d ${where}`;

/** Data sources by name. */
export function list(sight: Sight, window: Window): Promise<Page<DataSourceRow>> {
  return page<DataSourceRow>(sight, {
    columns: columns(sight),
    from: sources(sight),
    order: sql`d.name, d.id`,
    window,
  });
}

export async function get(sight: Sight, id: number): Promise<DataSourceRow | undefined> {
  const [row] = await sight.query<DataSourceRow>(
    sql`select ${columns(sight)} ${sources(sight, sql`where d.id = ${id}`)}`,
  );
  return row;
}

/** The sources of several studies, each with the study it belongs to. */
export function ofStudies(
  sight: Sight,
  studyIds: readonly number[],
): Promise<(DataSourceRow & Readonly<{ studyId: number }>)[]> {
  return sight.query(sql`
    select l.study_id, ${columns(sight)}
    from ${sight.studyDataSources} l join ${sight.dataSources} d on d.id = l.data_source_id
    where l.study_id = any(${studyIds}::bigint[])
    order by l.study_id, l.id`);
}

/** The sources of a client, by the order they were linked. */
export function ofClient(sight: Sight, clientId: number): Promise<DataSourceRow[]> {
  return sight.query<DataSourceRow>(sql`
    select ${columns(sight)}
    from ${sight.clientDataSources} l join ${sight.dataSources} d on d.id = l.data_source_id
    where l.client_id = ${clientId}
    order by l.id`);
}

/** Adds a source. As with every change below, the database refuses all but superusers. */
export async function insert(
  sight: WritableSight,
  { name, type }: { name: string; type: DataSourceType },
): Promise<number> {
  const [row] = await sight.query<{ id: number }>(
    sql`insert into data_source (name, type) values (${name}, ${type}) returning id`,
  );
  return row!.id;
}

export async function update(
  sight: WritableSight,
  id: number,
  changes: { name?: string | undefined; type?: DataSourceType | undefined },
): Promise<void> {
  await sight.query(sql`
    update data_source d
    set name = coalesce(${changes.name ?? null}::text, d.name), type = coalesce(${changes.type ?? null}::text, d.type),
      last_updated = now()
    where d.id = ${id}`);
}

/** Removes a source; readings from it stay, without a source. */
export async function remove(sight: WritableSight, id: number): Promise<void> {
  await sight.query(sql`delete from data_source d where d.id = ${id}`);
}

export type SupportedCodeRow = Readonly<{
  id: number;
  dataSourceId: number;
  codeId: number;
  system: string;
  code: string;
  text: string;
}>;

/** The links from a source to the codes it can send, by id. */
export function supportedCodes(sight: Sight, dataSourceId: number): Promise<SupportedCodeRow[]> {
  return sight.query<SupportedCodeRow>(sql`
    select dc.id, dc.data_source_id, dc.code_id, k.system, k.code, k.text
    from ${sight.dataSourceCodes} dc join ${sight.codes} k on k.id = dc.code_id
    where dc.data_source_id = ${dataSourceId}
    order by dc.id`);
}

/** False when it was supported already. */
export async function supportCode(
  sight: WritableSight,
  dataSourceId: number,
  codeId: number,
): Promise<boolean> {
  const made = await sight.query(sql`
    insert into data_source_code (data_source_id, code_id) values (${dataSourceId}, ${codeId})
    on conflict (data_source_id, code_id) do nothing
    returning id`);
  return made.length > 0;
}

export async function dropCode(sight: WritableSight, dataSourceId: number, codeId: number): Promise<void> {
  await sight.query(sql`
    delete from data_source_code dc where dc.data_source_id = ${dataSourceId} and dc.code_id = ${codeId}`);
}
