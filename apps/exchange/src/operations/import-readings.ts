/**
 * Readings of many participants from a file of an operator: patients found or made, enrolled, the attested consent
 * recorded where none was answered, readings recorded: each through the deed that a person would use, in transactions
 * of their own, so that an import that is cut off has lost nothing and goes on when it is run again.
 */
import type { DataPoint, Measure } from '@jhe/omh';
import type { Gate } from '../access/gate.ts';
import type { Sight, WritableSight } from '../access/sight.ts';
import type { Principal } from '../domain/principal.ts';
import { Refusal } from '../domain/refusal.ts';
import * as consents from '../store/consents.ts';
import * as imports from '../store/import-targets.ts';
import * as patients from '../store/patients.ts';
import * as facts from '../store/recording-facts.ts';
import { addPatient } from './add-patient.ts';
import { answerConsents } from './answer-consents.ts';
import { enrollPatients } from './enroll-patients.ts';
import { type ObservationDraft, recordObservations } from './record-observations.ts';

/** A reading of a file: the row it stood in, whose it is by the file's own id, and the data point made of it. */
export type ImportedReading = Readonly<{ row: number; participant: string; dataPoint: DataPoint }>;

export type ImportDeed = Readonly<{
  studyId: number;
  organizationId: number;
  measure: Measure;
  /** Null: the study's only data source that supports the measure. */
  dataSourceId: number | null;
  identifierSystem: string;
  consentBasis: string;
  readings: readonly ImportedReading[];
  /** Told how many readings are done. */
  onProgress?: (done: number) => void;
}>;

export type ImportReport = {
  accepted: number;
  present: number;
  rejected: { row: number; reason: string }[];
  patients: number;
  patientsAdded: number;
  enrolled: number;
  consentsRecorded: number;
};

const CHUNK = 1000;
const REQUEST = { requestId: 'import', interaction: 'create' } as const;

/** Refuses, before anything is written, a study that does not request the measure and a source that cannot be told. */
export async function importReadings(
  gate: Gate,
  operator: Principal,
  deed: ImportDeed,
): Promise<ImportReport> {
  const report: ImportReport = {
    accepted: 0,
    present: 0,
    rejected: [],
    patients: 0,
    patientsAdded: 0,
    enrolled: 0,
    consentsRecorded: 0,
  };
  const { codeId, dataSourceId } = await gate.read(
    operator,
    { requestId: REQUEST.requestId, interaction: 'read', resource: 'Group' },
    (sight) => chooseSource(sight, deed),
  );

  const patientIds = new Map<string, number>();
  for (const participant of new Set(deed.readings.map((reading) => reading.participant))) {
    const patientId = await gate.write(
      operator,
      { ...REQUEST, resource: 'Patient', reason: deed.consentBasis },
      (sight) => admitParticipant(sight, deed, participant, codeId, report),
    );
    patientIds.set(participant, patientId);
    report.patients++;
  }

  for (let from = 0; from < deed.readings.length; from += CHUNK) {
    const chunk = deed.readings.slice(from, from + CHUNK);
    const drafts = chunk.map(
      ({ participant, dataPoint }): ObservationDraft => ({
        patientId: patientIds.get(participant)!,
        dataSourceId,
        code: { system: deed.measure.system, code: deed.measure.code },
        status: 'final',
        identifiers: [],
        dataPoint,
        dataPointText: JSON.stringify(dataPoint),
      }),
    );
    const results = await gate.write(operator, { ...REQUEST, resource: 'Observation' }, (sight) =>
      recordObservations(sight, drafts),
    );
    for (const [i, result] of results.entries()) {
      if (result.outcome === 'created') report.accepted++;
      else if (result.outcome === 'present') report.present++;
      else if (result.outcome === 'refused')
        report.rejected.push({ row: chunk[i]!.row, reason: result.refusal.message });
    }
    deed.onProgress?.(Math.min(from + CHUNK, deed.readings.length));
  }
  return report;
}

async function chooseSource(
  sight: Sight,
  deed: ImportDeed,
): Promise<{ codeId: number; dataSourceId: number }> {
  const { dataSourceId, measure } = deed;
  const found = await imports.requestedMeasure(sight, deed);
  if (!found)
    throw new Refusal('invalid', `The study does not request ${measure.code}; add it to the study first.`);
  if (dataSourceId !== null) {
    const [named] = await facts.sourcesSupporting(sight, [dataSourceId]);
    if (named?.codeIds.includes(found.codeId)) return { codeId: found.codeId, dataSourceId };
    throw new Refusal(
      'invalid',
      named
        ? `Data source ${dataSourceId} does not support ${measure.code}.`
        : `There is no data source ${dataSourceId}.`,
    );
  }
  const [only, ...others] = found.dataSources;
  if (!only || others.length > 0) {
    const choices = found.dataSources.map(({ id, name }) => `${id} (${name})`).join(', ');
    throw new Refusal(
      'invalid',
      only
        ? `The study has several data sources for ${measure.code}; choose one: ${choices}.`
        : `The study has no data source that supports ${measure.code}; add one to the study or name one.`,
    );
  }
  return { codeId: found.codeId, dataSourceId: only.id };
}

/**
 * The participant's record in the keeping of the study's organization, enrolled, and with the attested consent where the
 * question was never answered. What the patient decided stands: a no, and an answer taken back.
 */
async function admitParticipant(
  sight: WritableSight,
  deed: ImportDeed,
  participant: string,
  codeId: number,
  report: ImportReport,
): Promise<number> {
  const identifier = { system: deed.identifierSystem, value: participant };
  let known = await patients.findByIdentifier(sight, deed.organizationId, identifier);
  if (!known) {
    known = await addPatient(sight, { organizationId: deed.organizationId, identifiers: [identifier] });
    report.patientsAdded++;
  }
  const { patientId } = known;
  const open = await imports.openQuestion(sight, { patientId, studyId: deed.studyId, codeId });
  if (!open.enrolled) {
    // A person who keeps their record is only asked; until they accept, their readings are refused row by row.
    const enrolled = await enrollPatients(sight, deed.studyId, [patientId]);
    report.enrolled += enrolled.length;
  }
  const ways = await consents.ways(sight, patientId, [deed.studyId]);
  const attestable = ways.some(({ way, codeId: of }) => way === 'attest' && of === codeId);
  if (!open.answered && attestable) {
    await answerConsents(sight, {
      patientId,
      answers: [{ studyId: deed.studyId, codeId, permitted: true }],
      basis: deed.consentBasis,
    });
    report.consentsRecorded++;
  }
  return patientId;
}
