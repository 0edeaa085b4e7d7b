import { z } from 'zod';
import { DATA_SOURCE_TYPES, type DataSourceRow, type SupportedCodeRow } from '../../store/data-sources.ts';
import { presentCode } from '../codes/wire.ts';
import { textSchema } from '../read-request.ts';

/** DataSource (3.2), always with the codes it supports. */
export function presentDataSource(row: DataSourceRow) {
  return { id: row.id, name: row.name, type: row.type, supportedScopes: row.codes.map(presentCode) };
}

/** SupportedScope (3.2). */
export function presentSupportedScope(source: DataSourceRow, row: SupportedCodeRow) {
  return {
    id: row.id,
    dataSource: { id: source.id, name: source.name, type: source.type, lastUpdated: source.lastUpdated },
    scopeCode: presentCode({ ...row, id: row.codeId }),
  };
}

const typeSchema = z.enum(DATA_SOURCE_TYPES, { error: `Must be one of ${DATA_SOURCE_TYPES.join(', ')}.` });

export const newDataSourceSchema = z.object({
  name: textSchema,
  type: typeSchema.default('personal_device'),
});

export const dataSourceChangesSchema = z.object({ name: textSchema.optional(), type: typeSchema.optional() });
