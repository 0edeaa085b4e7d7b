/** FHIR batch: https://hl7.org/fhir/R5/http.html#transaction. One answer for each entry, in order; each for itself. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BatchResult, batchResponse, outcome, parseBatch } from '@jhe/fhir';
import type { Principal } from '../domain/principal.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Answer, BodyLimits, Call, Deps } from '../face.ts';
import {
  type ObservationDraft,
  type RecordResult,
  recordObservations,
} from '../operations/record-observations.ts';
import { refuseIssues, toIssue } from './refuse.ts';
import { fromObservation } from './resources/observation.ts';

const MAX_ENTRIES = 5000;
const ENTRIES_A_TURN = 500;
/** Room for as many entries of a usual size, with all that FHIR may say in each. */
export const BATCH_BODY: BodyLimits = { bytes: 8 * 1024 * 1024, values: 500_000 };

/**
 * Carries out a batch of creates of Observation. Another method or type is answered 405 or 404 at its own place.
 * All entries are checked by one reading of the facts and recorded by one transaction; a fault in one harms no other.
 */
export async function batch(deps: Deps, base: string, call: Call, principal: Principal): Promise<Answer> {
  const parsed = parseBatch(call.body, { maxEntries: MAX_ENTRIES });
  if (!parsed.ok) return refuseIssues(parsed.issues);

  const results = new Array<BatchResult>(parsed.entries.length);
  const drafts: { index: number; draft: ObservationDraft | Refusal }[] = [];
  for (const entry of parsed.entries) {
    // Looking at thousands takes a while, in which others are to be answered as well.
    if (entry.index % ENTRIES_A_TURN === 0) await nextTurn();
    if (!entry.ok) results[entry.index] = { status: 400, outcome: outcome(entry.issues) };
    else if (entry.method !== 'POST')
      results[entry.index] = refusedEntry(new Refusal('not-allowed', 'Only POST is supported in a batch.'));
    else if (!isObservation(entry.url, entry.resource)) {
      results[entry.index] = refusedEntry(
        new Refusal('not-allowed', 'Only Observation is supported in a batch.'),
      );
    } else drafts.push({ index: entry.index, draft: fromObservation(entry.resource, base) });
  }
  if (drafts.length > 0) {
    const recorded = await deps.gate.write(
      principal,
      { requestId: call.requestId, interaction: 'create', resource: 'Observation' },
      (sight) =>
        recordObservations(
          sight,
          drafts.map(({ draft }) => draft),
        ),
    );
    for (const [i, result] of recorded.entries()) results[drafts[i]!.index] = toEntry(result, base);
  }
  return { body: batchResponse(results) };
}

/** A resource that names its type otherwise than the URL does is the sender's mistake, found by the validator. */
function isObservation(url: string, resource: unknown): boolean {
  return (
    /^\/?(?:Observation)\/?$/.test(url) ||
    (resource as { resourceType?: unknown } | null)?.resourceType === 'Observation'
  );
}

function toEntry(result: RecordResult, base: string): BatchResult {
  if (result.outcome === 'refused') return refusedEntry(result.refusal);
  const id = String(result.id);
  return {
    status: result.outcome === 'created' ? 201 : 200,
    location: `${base}/Observation/${id}`,
    resource: { resourceType: 'Observation', id },
  };
}

function refusedEntry(refusal: Refusal): BatchResult {
  const { status, issue } = toIssue(refusal);
  return { status, outcome: outcome([issue]) };
}
