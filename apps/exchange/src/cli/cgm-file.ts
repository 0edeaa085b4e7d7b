/** A CSV file of continuous glucose readings: id, local time, value. Each fault names its row; none stops the others. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { bloodGlucose, makeDataPoint } from '@jhe/omh';
import { CsvError, parse } from 'csv-parse';
import { Temporal } from 'temporal-polyfill';
import type { ImportedReading } from '../operations/import-readings.ts';

const COLUMNS = ['id', 'time', 'gl'] as const;
type Row = Record<(typeof COLUMNS)[number], string>;

/** What no glucose sensor reports; a value beyond is a slip of unit or column. In mg/dL: 10 to 1,000. */
const RANGE = { 'mg/dL': [10, 1000], 'mmol/L': [0.5, 55.6] } as const;

export type CgmFile = Readonly<{
  readings: ImportedReading[];
  rejected: { row: number; reason: string }[];
}>;

/**
 * Reads the whole file. Rows are numbered as in the file, the header being row 1. A local time that the zone skipped is
 * read by the offset before the change, and one that it had twice as the first of the two. Throws when the
 * file cannot be read, is no CSV or lacks a column, naming the place.
 */
export async function cgmReadings(
  file: string,
  { timeZone, unit }: { timeZone: string; unit: 'mg/dL' | 'mmol/L' },
): Promise<CgmFile> {
  const readings: ImportedReading[] = [];
  const rejected: { row: number; reason: string }[] = [];
  const parser = parse({
    bom: true,
    columns: (header: string[]) => checkHeader(header),
    skip_empty_lines: true,
    relax_column_count: true,
    trim: true,
    info: true,
    max_record_size: 10_000,
  });
  parser.on('data', ({ record, info }: { record: Partial<Row>; info: { lines: number } }) => {
    const reading = toReading(record, info.lines, timeZone, unit);
    if (typeof reading === 'string') rejected.push({ row: info.lines, reason: reading });
    else readings.push(reading);
  });
  try {
    await pipeline(createReadStream(file), parser);
  } catch (error) {
    throw new Error(fileFault(file, error as Error & { code?: string; lines?: number }));
  }
  if (readings.length === 0 && rejected.length === 0) throw new Error(`${file} holds no readings.`);
  return { readings, rejected };
}

function checkHeader(header: string[]): string[] {
  const names = header.map((name) => name.toLowerCase());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new Error(`the header lacks the column ${missing.join(' and ')}`);
  return names;
}

function fileFault(file: string, error: Error & { code?: string; lines?: number }): string {
  if (error.code === 'ENOENT') return `${file} does not exist.`;
  if (error.code === 'EISDIR') return `${file} is a directory.`;
  if (error.code === 'EACCES') return `${file} may not be read.`;
  // The parser's own messages quote the file's text, which may be health data; its code and line do not.
  if (error instanceof CsvError)
    return `${file} is not a CSV file: ${error.code} at line ${error.lines ?? '?'}.`;
  return `${file}: ${error.message}.`;
}

function toReading(
  row: Partial<Row>,
  line: number,
  timeZone: string,
  unit: 'mg/dL' | 'mmol/L',
): ImportedReading | string {
  const { id = '', time = '', gl = '' } = row;
  if (id === '') return 'id is missing';
  if (id.length > 200) return 'id is longer than 200 characters';
  const at = toZoned(time, timeZone);
  if (!at) return 'time is not a local time such as 2026-01-31 07:05:00';
  const value = /^\d+(\.\d+)?$/.test(gl) ? Number(gl) : Number.NaN;
  if (Number.isNaN(value)) return 'gl is not a number';
  const [low, high] = RANGE[unit];
  if (value < low || value > high) return `gl is not between ${low} and ${high} ${unit}`;
  const iso = at.toString({ timeZoneName: 'never' });
  return {
    row: line,
    participant: id,
    dataPoint: makeDataPoint({
      measure: bloodGlucose,
      uuid: readingUuid(id, time, timeZone),
      createdAt: iso,
      modality: 'sensed',
      body: {
        blood_glucose: { value, unit },
        effective_time_frame: { date_time: iso },
        specimen_source: 'interstitial fluid',
      },
    }),
  };
}

function toZoned(text: string, timeZone: string): Temporal.ZonedDateTime | null {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)$/.exec(text);
  if (!match) return null;
  try {
    return Temporal.PlainDateTime.from(`${match[1]}T${match[2]}`, { overflow: 'reject' }).toZonedDateTime(
      timeZone,
    );
  } catch {
    return null;
  }
}

/**
 * One sensor gives a participant one reading at a time, so participant and clock time name it: the same file read again
 * gives the same uuid (RFC 9562 version 8), whatever row it stands in.
 */
function readingUuid(participant: string, time: string, timeZone: string): string {
  const hex = createHash('sha256')
    .update(JSON.stringify(['cgm', participant, time, timeZone]))
    .digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
