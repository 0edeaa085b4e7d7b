import type { ObservationRow } from '../../store/observations.ts';
import type { PatientName } from '../../store/patients.ts';

/**
 * Observation (3.2) as JSON text. The data point goes out byte for byte as it was submitted: its keys are never
 * re-cased, and its numbers and offsets never pass through another writer.
 */
export function renderObservation(row: ObservationRow, name: PatientName | undefined): string {
  const facts = JSON.stringify({
    id: row.id,
    subjectPatientId: row.patientId,
    patientNameFamily: name?.nameFamily ?? null,
    patientNameGiven: name?.nameGiven ?? null,
    jheUserId: row.patientUserId,
    codeableConceptId: row.codeId,
    codingSystem: row.codeSystem,
    codingCode: row.code,
    codingText: row.codeText,
    lastUpdated: row.lastUpdated,
  });
  return `${facts.slice(0, -1)},"omhData":${row.dataPoint}}`;
}

/** A page of rendered observations as JSON text. */
export function renderPage(
  page: { count: number; next: string | null; previous: string | null },
  results: readonly string[],
): string {
  const { count, next, previous } = page;
  return `${JSON.stringify({ count, next, previous }).slice(0, -1)},"results":[${results.join(',')}]}`;
}
