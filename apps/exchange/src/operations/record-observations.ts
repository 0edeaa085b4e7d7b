/**
 * Records readings: many at once, each accepted or refused for itself, all that is accepted in one transaction.
 *
 * A reading is accepted when its patient is in sight, its source exists and supports its code, the code is shared by the
 * patient and the principal may add to it (consent that is permitted now), and the data point conforms to its measure.
 * Sending it again changes nothing: the same data point is answered as present, with its identifiers or without; a
 * different one under the same uuid, or under an identifier that a reading of the patient has already, is a conflict.
 */
import { effectiveTime, findMeasure, type Measure, parseDataPoint } from '@jhe/omh';
import type { WritableSight } from '../access/sight.ts';
import { Refusal } from '../domain/refusal.ts';
import * as codes from '../store/codes.ts';
import { holdPeople } from '../store/locks.ts';
import * as observations from '../store/observations.ts';
import * as facts from '../store/recording-facts.ts';
import * as series from '../store/series.ts';
import { withinLimits } from './reading-limits.ts';

/** A reading as a face understood it. */
export type ObservationDraft = Readonly<{
  patientId: number;
  code: Readonly<{ system: string; code: string }>;
  /** Null when the source is not known; the FHIR face always asks for one. */
  dataSourceId: number | null;
  status: string;
  identifiers: readonly Readonly<{ system: string; value: string }>[];
  /** The Open mHealth data point: its JSON text, kept byte for byte, and the same parsed. */
  dataPointText: string;
  dataPoint: unknown;
}>;

export type RecordResult =
  | Readonly<{ outcome: 'created'; id: number }>
  | Readonly<{ outcome: 'present'; id: number }>
  | Readonly<{ outcome: 'refused'; refusal: Refusal }>;

type Prepared = Readonly<{ index: number; draft: ObservationDraft; row: observations.NewObservation }>;

/** Answers one result for each draft, in order. A draft that a face refused already is passed as that refusal. */
export async function recordObservations(
  sight: WritableSight,
  submitted: readonly (ObservationDraft | Refusal)[],
): Promise<RecordResult[]> {
  // What the database would refuse is found here, or one reading would spoil the statement of all.
  const drafts = submitted.map((draft) => (draft instanceof Refusal ? draft : withinLimits(draft)));
  const results: RecordResult[] = drafts.map((draft) => ({
    outcome: 'refused',
    refusal: draft instanceof Refusal ? draft : unrecorded(),
  }));
  const refuse = (index: number, refusal: Refusal) => {
    results[index] = { outcome: 'refused', refusal };
  };

  const given = drafts.flatMap((draft, index) => (draft instanceof Refusal ? [] : [{ index, draft }]));
  // Before anything is looked at: an answer, an enrolment and who keeps the record do not change under an upload.
  await holdPeople(sight, [...new Set(given.map(({ draft }) => draft.patientId))], 'shared');
  const known = await knownFacts(
    sight,
    given.map(({ draft }) => draft),
  );
  const taken = new Map<string, Holder[]>();
  const hold = (key: observations.IdentifierKey, holder: Holder) =>
    taken.set(identifierText(key), [...(taken.get(identifierText(key)) ?? []), holder]);
  const identifiers = given.flatMap(({ draft }) => identifierKeys(draft));
  for (const { observationId, ...key } of await observations.takenIdentifiers(sight, identifiers)) {
    hold(key, observationId);
  }

  const prepared: Prepared[] = [];
  /** Readings of which an identifier is taken already: by themselves, or by others. */
  const named: Prepared[] = [];
  for (const { index, draft } of given) {
    const row = prepare(draft, known, taken);
    if (row instanceof Refusal) {
      refuse(index, row);
      continue;
    }
    const keys = identifierKeys(draft);
    const holders = keys.flatMap((key) => taken.get(identifierText(key)) ?? []);
    if (holders.every((holder) => isRow(holder) && isSame(holder, row))) {
      prepared.push({ index, draft, row });
      for (const key of keys) hold(key, row);
    } else named.push({ index, draft, row });
  }
  await answerNamed(sight, named, taken, results);
  if (prepared.length === 0) return results;

  const keys = distinctSeries(prepared);
  if ((await series.lock(sight, keys)) < keys.length) throw answersChanged();
  const inserted = await observations.insert(
    sight,
    prepared.map(({ row }) => row),
  );
  const ids = new Map(inserted.map((row) => [dataPointText(row), row.id]));

  const created: Prepared[] = [];
  const repeated: Prepared[] = [];
  for (const item of prepared) {
    const key = dataPointText(item.row);
    const id = ids.get(key);
    if (id === undefined) repeated.push(item);
    else {
      ids.delete(key);
      created.push(item);
      results[item.index] = { outcome: 'created', id };
    }
  }
  await answerRepeated(sight, repeated, results);

  if (created.length > 0) {
    const growth = growthOf(created);
    const mixed = await mixByPersons(sight, created);
    if ((await series.grow(sight, growth)) < growth.length) throw answersChanged();
    const identified = created.flatMap(({ index, draft, row }) => {
      const result = results[index];
      return result?.outcome === 'created'
        ? identifierKeys(draft).map((key) => ({ ...key, observationId: result.id, codeId: row.codeId }))
        : [];
    });
    // One may belong to a reading that this principal cannot see, which no check above could find. Which one is not
    // told, and nothing of the upload is kept.
    if (
      identified.length > 0 &&
      (await observations.insertIdentifiers(sight, identified)) < identified.length
    ) {
      throw new Refusal('conflict', 'An identifier already exists.', { path: 'Observation.identifier' });
    }
    // Last, because what was recorded may have come in by the very answer that it closes.
    if (mixed.length > 0) await series.closeMixed(sight, mixed);
  }
  return results;
}

/** Series that hold readings of a person, who keeps the record, are mixed from now on. Returns those that were not before. */
async function mixByPersons(
  sight: WritableSight,
  created: readonly Prepared[],
): Promise<readonly series.SeriesKey[]> {
  const keys = distinctSeries(created.filter(({ row }) => row.keeperOrganizationId === null));
  return keys.length === 0 ? [] : series.mix(sight, keys);
}

const unrecorded = () => new Refusal('unavailable', 'The reading was not recorded.');

type KnownFacts = Readonly<{
  visiblePatients: ReadonlySet<number>;
  codes: readonly Pick<codes.CodeRow, 'id' | 'system' | 'code'>[];
  supportedCodes: ReadonlyMap<number, ReadonlySet<number>>;
  /** By patient and code: who keeps the record; 0 is the person. */
  recordable: ReadonlyMap<string, number>;
}>;

/**
 * What the checks found was no longer so when it was to be stored: a study stopped asking, or an answer's end came. Told as
 * a collision, so that the gate looks again, and the second look says no to what is no more.
 */
const answersChanged = () =>
  Object.assign(new Error('an answer changed during an upload'), { code: SERIALIZATION_FAILURE });
const SERIALIZATION_FAILURE = '40001';

/** Everything the checks need, read once for all drafts. */
async function knownFacts(sight: WritableSight, drafts: readonly ObservationDraft[]): Promise<KnownFacts> {
  const patientIds = [...new Set(drafts.map((draft) => draft.patientId))];
  const codeRows = await facts.codesNamed(sight, [...new Set(drafts.map((draft) => draft.code.code))]);
  const sourceRows = await facts.sourcesSupporting(sight, [
    ...new Set(drafts.flatMap(({ dataSourceId }) => dataSourceId ?? [])),
  ]);
  const recordable = await series.recordable(sight, patientIds);
  return {
    visiblePatients: new Set(await facts.patientsInSight(sight, patientIds)),
    codes: codeRows,
    supportedCodes: new Map(sourceRows.map((row) => [row.dataSourceId, new Set(row.codeIds)])),
    recordable: new Map(
      recordable.map(({ patientId, codeId, keeper }) => [`${patientId}/${codeId}`, keeper]),
    ),
  };
}

/** The checks of one draft, in the order of the contract; the first that fails is the answer. */
function prepare(
  draft: ObservationDraft,
  known: KnownFacts,
  taken: ReadonlyMap<string, unknown>,
): observations.NewObservation | Refusal {
  if (!known.visiblePatients.has(draft.patientId)) {
    return new Refusal('forbidden', 'Current user is not authorized to record for this Patient.', {
      path: 'Observation.subject',
    });
  }
  const supported = draft.dataSourceId === null ? null : known.supportedCodes.get(draft.dataSourceId);
  if (supported === undefined) {
    return new Refusal('invalid', `Device Data Source id=${draft.dataSourceId} can not be found.`, {
      path: 'Observation.device',
    });
  }
  const row = checkData(draft, known, supported);
  // Of what cannot be recorded it is the first fault. What can be is looked at again: it may be that very reading.
  return row instanceof Refusal ? (duplicateOf(draft, taken) ?? row) : row;
}

function duplicateOf(draft: ObservationDraft, taken: ReadonlyMap<string, unknown>): Refusal | undefined {
  const duplicate = identifierKeys(draft).find((key) => taken.has(identifierText(key)));
  if (duplicate === undefined) return undefined;
  const { system, value } = duplicate;
  return new Refusal('conflict', `Identifier already exists: system=${system} value=${value}`, {
    path: 'Observation.identifier',
  });
}

/** What is recorded, by whose consent, from which source, and whether it is what it says. */
function checkData(
  draft: ObservationDraft,
  known: KnownFacts,
  supported: ReadonlySet<number> | null,
): observations.NewObservation | Refusal {
  const { system, code } = draft.code;
  const codeId = codes.named(known.codes, { system, code })?.id;
  if (codeId === undefined) {
    return new Refusal('invalid', `Code not found: system=${system} code=${code}`, {
      path: 'Observation.code',
    });
  }
  const keeper = known.recordable.get(`${draft.patientId}/${codeId}`);
  if (keeper === undefined) {
    return new Refusal(
      'forbidden',
      `Observation data with coding_system=${system} coding_code=${code} has not been consented for any studies by this Patient.`,
      { path: 'Observation.code' },
    );
  }
  if (supported && !supported.has(codeId)) {
    return new Refusal('invalid', `Device Data Source id=${draft.dataSourceId} does not support this code.`, {
      path: 'Observation.device',
    });
  }
  const measure = findMeasure(system, code);
  if (!measure) {
    return new Refusal('unprocessable', `There is no definition of ${code} to check data points by.`, {
      path: 'Observation.code',
    });
  }
  return toRow(draft, codeId, measure, keeper);
}

function toRow(
  draft: ObservationDraft,
  codeId: number,
  measure: Measure,
  keeper: number,
): observations.NewObservation | Refusal {
  const parsed = parseDataPoint(measure, draft.dataPoint);
  if (!parsed.ok) {
    const faults = parsed.issues.slice(0, 5).map((issue) => `${issue.path}: ${issue.message}`);
    return new Refusal('unprocessable', faults.join('; '), {
      path: 'Observation.value.ofType(Attachment).data',
    });
  }
  const { header, body } = parsed.dataPoint;
  const time = effectiveTime(body, header);
  // A period may have been written backwards; as a fact to search by it runs forwards.
  const [start, end] =
    time.start && time.end && time.end < time.start ? [time.end, time.start] : [time.start, time.end];
  const value = measure.primaryValue(body);
  return {
    patientId: draft.patientId,
    codeId,
    keeperOrganizationId: keeper === 0 ? null : keeper,
    dataSourceId: draft.dataSourceId,
    dataPointUuid: header.uuid.toLowerCase(),
    status: draft.status,
    effectiveStart: start,
    effectiveEnd: end,
    effectiveOffset: time.offsetMinutes,
    value: value?.value ?? null,
    secondValue: measure.secondValue(body),
    unit: value?.unit ?? null,
    // White space around the document is not part of it; PostgreSQL drops it, so a retry must be compared without it.
    dataPoint: draft.dataPointText.trim(),
  };
}

/**
 * Readings whose identifiers are taken: there already when they are the very readings that hold them, else a conflict.
 */
async function answerNamed(
  sight: WritableSight,
  named: readonly Prepared[],
  taken: ReadonlyMap<string, readonly Holder[]>,
  results: RecordResult[],
): Promise<void> {
  if (named.length === 0) return;
  const stored = await observations.findByDataPoint(
    sight,
    named.map(({ row }) => row),
  );
  const byKey = new Map(stored.map((row) => [dataPointText(row), row]));
  for (const { index, draft, row } of named) {
    const found = byKey.get(dataPointText(row));
    const isThere =
      found !== undefined &&
      found.dataPoint === row.dataPoint &&
      identifierKeys(draft).every((key) =>
        (taken.get(identifierText(key)) ?? []).every((holder) =>
          isRow(holder) ? isSame(holder, row) : holder === found.id,
        ),
      );
    results[index] = isThere
      ? { outcome: 'present', id: found.id }
      : { outcome: 'refused', refusal: duplicateOf(draft, taken) ?? unrecorded() };
  }
}

/** Who has an identifier: a reading that is stored, by its id, or one of this upload. */
type Holder = number | observations.NewObservation;

const isRow = (holder: Holder): holder is observations.NewObservation => typeof holder !== 'number';

const isSame = (one: observations.NewObservation, other: observations.NewObservation) =>
  dataPointText(one) === dataPointText(other) && one.dataPoint === other.dataPoint;

/** Data points whose uuid was there before, or twice in this upload: the same again, or another under the same name. */
async function answerRepeated(
  sight: WritableSight,
  repeated: readonly Prepared[],
  results: RecordResult[],
): Promise<void> {
  if (repeated.length === 0) return;
  const stored = await observations.findByDataPoint(
    sight,
    repeated.map(({ row }) => row),
  );
  const byKey = new Map(stored.map((row) => [dataPointText(row), row]));
  for (const { index, row } of repeated) {
    const found = byKey.get(dataPointText(row));
    results[index] =
      found && found.dataPoint === row.dataPoint
        ? { outcome: 'present', id: found.id }
        : {
            outcome: 'refused',
            refusal: new Refusal(
              'conflict',
              'Another data point with this header.uuid is already recorded.',
              {
                path: 'Observation.value.ofType(Attachment).data',
              },
            ),
          };
  }
}

function growthOf(created: readonly Prepared[]): series.SeriesGrowth[] {
  const growth = new Map<
    string,
    {
      patientId: number;
      codeId: number;
      observations: number;
      firstEffective: Date | null;
      lastEffective: Date | null;
    }
  >();
  for (const { row } of created) {
    const key = `${row.patientId}/${row.codeId}`;
    const end = row.effectiveEnd ?? row.effectiveStart;
    const grown = growth.get(key);
    if (!grown) {
      growth.set(key, {
        patientId: row.patientId,
        codeId: row.codeId,
        observations: 1,
        firstEffective: row.effectiveStart,
        lastEffective: end,
      });
      continue;
    }
    grown.observations++;
    if (row.effectiveStart && (!grown.firstEffective || row.effectiveStart < grown.firstEffective))
      grown.firstEffective = row.effectiveStart;
    if (end && (!grown.lastEffective || end > grown.lastEffective)) grown.lastEffective = end;
  }
  return [...growth.values()];
}

function distinctSeries(prepared: readonly Prepared[]): series.SeriesKey[] {
  const keys = new Map(
    prepared.map(({ row: { patientId, codeId } }) => [`${patientId}/${codeId}`, { patientId, codeId }]),
  );
  return [...keys.values()];
}

function identifierKeys(draft: ObservationDraft): observations.IdentifierKey[] {
  return draft.identifiers.map(({ system, value }) => ({ patientId: draft.patientId, system, value }));
}

const identifierText = (key: observations.IdentifierKey) =>
  JSON.stringify([key.patientId, key.system, key.value]);
const dataPointText = (key: observations.DataPointKey) =>
  `${key.patientId}/${key.codeId}/${key.dataSourceId}/${key.dataPointUuid}`;
