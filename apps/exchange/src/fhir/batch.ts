/** FHIR batch: https://hl7.org/fhir/R5/http.html#transaction. One answer for each entry, in order; each for itself. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BATCH_CONDITIONS,
  type BatchRequest,
  type BatchResult,
  batchResponse,
  outcome,
  parseBatch,
} from '@jhe/fhir';
import type { Sight } from '../access/sight.ts';
import type { Principal } from '../domain/principal.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Answer, BodyLimits, Call, Deps } from '../face.ts';
import {
  type ObservationDraft,
  type RecordResult,
  recordObservations,
} from '../operations/record-observations.ts';
import type { Place } from '../store/keyset.ts';
import * as observations from '../store/observations.ts';
import { wantedReturn } from './prefer.ts';
import { refuseIssues, toIssue } from './refuse.ts';
import { fromObservation, OBSERVATION_ETAG, toObservation } from './resources/observation.ts';

const MAX_ENTRIES = 5000;
const ENTRIES_A_TURN = 500;
/** Room for as many entries of a usual size, with all that FHIR may say in each. */
export const BATCH_BODY: BodyLimits = { bytes: 8 * 1024 * 1024, values: 500_000 };

/**
 * Carries out a batch of creates of Observation. Another method or type is answered 405 or 404 at its own place.
 * All entries are checked by one reading of the facts and recorded by one transaction; a fault in one harms no other.
 * What was recorded is told by where it is; whole, for who asks (`Prefer: return=representation`) and may read it.
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
    } else if (conditionOf(entry) !== undefined) {
      results[entry.index] = refusedCondition(entry.index, conditionOf(entry)!);
    } else drafts.push({ index: entry.index, draft: fromObservation(entry.resource, base) });
  }
  if (drafts.length > 0) {
    const wantsWhole = wantedReturn(call.header('prefer')) === 'representation';
    const { recorded, rows } = await deps.gate.write(
      principal,
      { requestId: call.requestId, interaction: 'create', resource: 'Observation' },
      async (sight) => {
        const recorded = await recordObservations(
          sight,
          drafts.map(({ draft }) => draft),
        );
        return { recorded, rows: wantsWhole ? await readingsOf(sight, recorded) : new Map() };
      },
    );
    for (const [i, result] of recorded.entries()) results[drafts[i]!.index] = toEntry(result, base, rows);
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

function conditionOf(entry: BatchRequest) {
  return BATCH_CONDITIONS.find((name) => entry[name] !== undefined);
}

/** A condition that nobody looks at would be taken to have held. */
function refusedCondition(index: number, name: string): BatchResult {
  const expression = `Bundle.entry[${index}].request.${name}`;
  const diagnostics = `${expression} is not supported; the entry was not recorded.`;
  return { status: 400, outcome: outcome([{ code: 'not-supported', diagnostics, expression }]) };
}

/** What was recorded, or was there, by its id, as far as it is in sight. Pages end early, so it may take several. */
async function readingsOf(
  sight: Sight,
  recorded: readonly RecordResult[],
): Promise<ReadonlyMap<number, observations.ObservationRow>> {
  const ids = recorded.flatMap((result) => (result.outcome === 'refused' ? [] : [String(result.id)]));
  const found = new Map<number, observations.ObservationRow>();
  if (ids.length === 0) return found;
  const filters = [{ type: 'id', name: '_id', ids } as const];
  for (let place: Place | undefined; ; ) {
    const from = place && { place, backwards: false };
    const page = await observations.search(sight, {
      filters,
      sort: [],
      count: ids.length,
      ...(from ? { from } : {}),
    });
    for (const row of page.rows) found.set(row.id, row);
    place = page.rows.at(-1)?.place;
    if (!page.hasMore || place === undefined) return found;
  }
}

function toEntry(
  result: RecordResult,
  base: string,
  rows: ReadonlyMap<number, observations.ObservationRow>,
): BatchResult {
  if (result.outcome === 'refused') return refusedEntry(result.refusal);
  const row = rows.get(result.id);
  return {
    status: result.outcome === 'created' ? 201 : 200,
    location: `${base}/Observation/${result.id}`,
    etag: OBSERVATION_ETAG,
    ...(row ? { resource: toObservation(row) } : {}),
  };
}

function refusedEntry(refusal: Refusal): BatchResult {
  const { status, issue } = toIssue(refusal);
  return { status, outcome: outcome([issue]) };
}
