/** What of a reading is stored, and how much of it: looked at before the database is asked, each reading for itself. */
import { invalid, Refusal } from '../domain/refusal.ts';
import type { ObservationDraft } from './record-observations.ts';

/** A data point as JSON text in UTF-8. The largest of a device known to us has 3 KiB. */
export const MAX_DATA_POINT_BYTES = 64 * 1024;
const MAX_IDENTIFIERS = 20;
/** Of an identifier or a code; two of them and a key fit the pages of an index whatever their script. */
const MAX_TEXT = 255;

const DATA = 'Observation.value.ofType(Attachment).data';

/** Refuses, naming the member, what is too long, too many, twice the same, or holds what no database keeps. */
export function withinLimits(draft: ObservationDraft): ObservationDraft | Refusal {
  return (
    faultOfText('Observation.code.coding[0].system', draft.code.system) ??
    faultOfText('Observation.code.coding[0].code', draft.code.code) ??
    faultOfIdentifiers(draft.identifiers) ??
    faultOfDataPoint(draft.dataPointText) ??
    draft
  );
}

function faultOfIdentifiers(identifiers: ObservationDraft['identifiers']): Refusal | null {
  if (identifiers.length > MAX_IDENTIFIERS) {
    return invalid('Observation.identifier', `At most ${MAX_IDENTIFIERS} identifiers are kept of a reading.`);
  }
  const seen = new Set<string>();
  for (const [index, { system, value }] of identifiers.entries()) {
    const path = `Observation.identifier[${index}]`;
    const fault = faultOfText(`${path}.system`, system) ?? faultOfText(`${path}.value`, value);
    if (fault) return fault;
    const key = JSON.stringify([system, value]);
    if (seen.has(key)) return new Refusal('conflict', `${path} is given twice.`, { path });
    seen.add(key);
  }
  return null;
}

function faultOfText(path: string, text: string): Refusal | null {
  if (text.length > MAX_TEXT) return invalid(path, `${path} must have at most ${MAX_TEXT} characters.`);
  if (text.includes('\0') || !text.isWellFormed()) {
    return invalid(path, `${path} contains a character that cannot be kept.`);
  }
  return null;
}

function faultOfDataPoint(text: string): Refusal | null {
  // No text has fewer bytes than characters.
  if (text.length <= MAX_DATA_POINT_BYTES && Buffer.byteLength(text) <= MAX_DATA_POINT_BYTES) return null;
  return tooLargeDataPoint();
}

/** Faces that can tell without decoding say the same. */
export const tooLargeDataPoint = (): Refusal =>
  new Refusal('too-large', `A data point must have at most ${MAX_DATA_POINT_BYTES / 1024} KiB.`, {
    path: DATA,
  });
