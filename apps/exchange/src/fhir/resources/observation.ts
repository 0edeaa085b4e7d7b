/** Observation: a stored reading <-> FHIR R5 (https://hl7.org/fhir/R5/observation.html). */
import {
  decodeAttachment,
  type Identifier,
  type Observation,
  parseObservation,
  parseReference,
} from '@jhe/fhir';
import { invalid, Refusal } from '../../domain/refusal.ts';
import { beyondBounds } from '../../intake/json-bounds.ts';
import { MAX_DATA_POINT_BYTES, tooLargeDataPoint } from '../../operations/reading-limits.ts';
import type { ObservationDraft } from '../../operations/record-observations.ts';
import type { ObservationRow } from '../../store/observations.ts';
import { META_SOURCE } from './meta.ts';

const DATA = 'Observation.value.ofType(Attachment).data';
const USER_ID_SYSTEM = 'https://jupyterhealth.org/fhir/identifier/jhe-user-id';

/** A reading that was recorded does not change, so that every one is its first version. */
const VERSION_ID = '1';
export const OBSERVATION_ETAG = `W/"${VERSION_ID}"`;

/** The reading as clients know it: the data point travels as it was submitted, base64 of its very bytes. */
export function toObservation(row: ObservationRow): Observation {
  return {
    resourceType: 'Observation',
    id: String(row.id),
    meta: { versionId: VERSION_ID, lastUpdated: row.lastUpdated, source: META_SOURCE },
    ...(row.identifiers === null ? {} : { identifier: JSON.parse(row.identifiers) as Identifier[] }),
    status: row.status as Observation['status'],
    code: { coding: [{ system: row.codeSystem, code: row.code, display: row.codeText }] },
    subject: {
      reference: `Patient/${row.patientId}`,
      ...(row.patientUserId === null
        ? {}
        : { identifier: { system: USER_ID_SYSTEM, value: String(row.patientUserId) } }),
    },
    ...effective(row),
    ...(row.dataSourceId === null ? {} : { device: { reference: `Device/${row.dataSourceId}` } }),
    valueAttachment: {
      contentType: 'application/json',
      data: Buffer.from(row.dataPoint, 'utf8').toString('base64'),
    },
  };
}

function effective({ effectiveStart, effectiveEnd }: ObservationRow) {
  if (effectiveStart === null) return effectiveEnd === null ? {} : { effectivePeriod: { end: effectiveEnd } };
  if (effectiveEnd === null) return { effectiveDateTime: effectiveStart };
  return { effectivePeriod: { start: effectiveStart, end: effectiveEnd } };
}

/**
 * An uploaded Observation as a draft to record. Refuses what is no valid R5 Observation, a subject that is no Patient
 * or a device that is no Device of this server, more or fewer than one coding, identifiers without a value, and an
 * attachment that is not base64 of JSON. `effective[x]` of the request is not used: the data point says when.
 */
export function fromObservation(value: unknown, base: string): ObservationDraft | Refusal {
  const parsed = parseObservation(value);
  if (!parsed.ok) {
    const [first] = parsed.issues;
    return invalid(
      first?.path ?? 'Observation',
      parsed.issues
        .slice(0, 5)
        .map((issue) => `${issue.path}: ${issue.message}`)
        .join('; '),
    );
  }
  const observation = parsed.observation;
  const patientId = referencedId(observation.subject?.reference, base, 'Patient');
  if (patientId === null) {
    return invalid(
      'Observation.subject',
      "Subject is required and must be a reference to a Patient ID and start with 'Patient/'",
    );
  }
  const dataSourceId = referencedId(observation.device?.reference, base, 'Device');
  if (dataSourceId === null) {
    return invalid(
      'Observation.device',
      "Device is required and must be a reference to a Device ID and start with 'Device/'",
    );
  }
  const codings = observation.code.coding ?? [];
  const [coding] = codings;
  if (codings.length !== 1 || !coding?.system || !coding.code) {
    return invalid('Observation.code', 'Exactly one Code must be provided.');
  }
  const identifiers: { system: string; value: string }[] = [];
  for (const { system, value: identifier } of observation.identifier ?? []) {
    if (!identifier) return invalid('Observation.identifier', 'Each identifier must have a value.');
    identifiers.push({ system: system ?? '', value: identifier });
  }
  const dataPoint = decodeDataPoint(observation.valueAttachment?.data);
  if (dataPoint instanceof Refusal) return dataPoint;
  if (dataPoint === null) {
    return invalid(DATA, 'valueAttachment.data must be Base 64 Encoded Binary JSON.');
  }
  return {
    patientId,
    dataSourceId,
    code: { system: coding.system, code: coding.code },
    status: observation.status,
    identifiers,
    ...dataPoint,
  };
}

function referencedId(reference: string | undefined, base: string, type: string): number | null {
  if (reference === undefined) return null;
  const parsed = parseReference(reference, { base, type });
  return parsed.ok && reference.includes('/') && /^\d{1,15}$/.test(parsed.id) ? Number(parsed.id) : null;
}

/** White space that may stand between the characters of base64, at most: none, mostly. */
const MAX_BASE64 = (MAX_DATA_POINT_BYTES / 3) * 4 * 1.1;
/** Deeper ones are refused by the measures, with their path; this is for what would be costly to parse. */
const BOUNDS = { depth: 200, values: 30_000 };

function decodeDataPoint(
  data: string | undefined,
): { dataPointText: string; dataPoint: unknown } | Refusal | null {
  if (data === undefined) return null;
  if (data.length > MAX_BASE64) return tooLargeDataPoint();
  const decoded = decodeAttachment(data);
  if (!decoded.ok) return null;
  const beyond = beyondBounds(decoded.text, BOUNDS);
  if (beyond !== null) {
    return new Refusal('unprocessable', `The data point ${beyond}.`, { path: DATA });
  }
  try {
    const dataPoint: unknown = JSON.parse(decoded.text);
    return isStorable(decoded.text, dataPoint) ? { dataPointText: decoded.text, dataPoint } : null;
  } catch {
    return null;
  }
}

/** PostgreSQL can hold neither U+0000 nor half a surrogate pair, escaped or not; one such text would fail its bundle. */
function isStorable(text: string, parsed: unknown): boolean {
  if (!/\\u(?:0000|[dD][89a-fA-F])/.test(text)) return true;
  // JSON.stringify writes whole pairs as characters and leaves only the unstorable ones escaped.
  return !/\\u(?:0000|d[89a-f])/.test(JSON.stringify(parsed));
}
