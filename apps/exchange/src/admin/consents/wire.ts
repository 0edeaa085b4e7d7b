import { z } from 'zod';
import type { AnsweredConsent } from '../../operations/answer-consents.ts';
import type { CodeRow } from '../../store/codes.ts';
import type { ConsentEventRow, QuestionRow } from '../../store/consents.ts';
import type { DataSourceRow } from '../../store/data-sources.ts';
import type { PatientRow } from '../../store/patients.ts';
import { presentCode } from '../codes/wire.ts';
import { presentDataSource } from '../data-sources/wire.ts';
import { presentLite } from '../organizations/wire.ts';
import { presentPatient } from '../patients/wire.ts';
import { idSchema, optionalMoment, textOf, textSchema } from '../read-request.ts';

const code = (row: { codeId: number; system: string; code: string; text: string }) =>
  presentCode({ ...row, id: row.codeId });

/** GET consents (4.2): what is pending and what is answered, by study; a study can be in both lists. */
export function presentConsents(
  patient: PatientRow,
  questions: readonly QuestionRow[],
  sources: readonly (DataSourceRow & { studyId: number })[],
) {
  const byStudy = new Map<number, QuestionRow[]>();
  for (const row of questions) byStudy.set(row.studyId, [...(byStudy.get(row.studyId) ?? []), row]);
  const study = (row: QuestionRow) => ({
    id: row.studyId,
    name: row.studyName,
    description: row.studyDescription,
    iconUrl: row.studyIconUrl,
    organization: presentLite({
      id: row.organizationId,
      name: row.organizationName,
      type: row.organizationType,
    }),
    version: row.studyVersion,
    dataSources: sources.filter((source) => source.studyId === row.studyId).map(presentDataSource),
  });
  const permitted = new Map(
    questions.filter((row) => row.permitted && row.opens).map((row) => [row.codeId, code(row)]),
  );
  const groups = [...byStudy.values()];
  return {
    patient: presentPatient(patient),
    consolidatedConsentedScopes: [...permitted.values()],
    studiesPendingConsent: groups.flatMap((rows) => {
      const pending = rows.filter((row) => row.permitted === null);
      return pending.length === 0
        ? []
        : [
            {
              ...study(pending[0]!),
              pendingScopeConsents: pending.map((row) => ({
                code: code(row),
                consented: null,
                consentedTime: null,
              })),
            },
          ];
    }),
    studies: groups.flatMap((rows) => {
      const answered = rows.filter((row) => row.permitted !== null);
      return answered.length === 0
        ? []
        : [
            {
              ...study(answered[0]!),
              scopeConsents: answered.map((row) => ({
                code: code(row),
                consented: row.permitted,
                consentedTime: row.decidedAt,
                ...presentGround(row),
              })),
            },
          ];
    }),
  };
}

/** ScopeConsent (3.2). */
export function presentScopeConsent(row: AnsweredConsent, codes: ReadonlyMap<number, CodeRow>) {
  const known = codes.get(row.codeId);
  return {
    id: row.id,
    studyPatient: { id: row.enrollmentId, study: row.studyId, patient: row.patientId },
    scopeCode: known ? presentCode(known) : { id: row.codeId },
    consented: row.permitted,
    consentedTime: row.decidedAt,
    confirmed: row.own,
    counts: row.opens,
    endsAt: row.endsAt,
  };
}

/**
 * Whose answer it is: `confirmed` is the patient's own; `counts` is false while an attested yes waits or has stopped, and
 * for any after `endsAt` (what FHIR calls the end of Consent's period). `studyVersion` is what was answered.
 */
function presentGround(row: QuestionRow) {
  return {
    confirmed: row.own,
    counts: row.opens,
    recordedBy: row.recordedBy,
    basis: row.basis,
    endsAt: row.endsAt,
    studyVersion: row.answeredVersion,
  };
}

/** One line of the history (D-08). */
export function presentConsentEvent(row: ConsentEventRow) {
  return {
    id: row.id,
    study: { id: row.studyId, name: row.studyName },
    code: code(row),
    decision: row.decision,
    time: row.at,
    actorUserId: row.actorUserId,
    actorRole: row.actorRole,
    clientId: row.clientId,
    basis: row.basis,
    confirmed: row.own,
    studyVersion: row.studyVersion,
    endsAt: row.endsAt,
  };
}

const questionSchema = z.object({ codingSystem: textSchema, codingCode: textSchema });

const request = <Item extends z.ZodType>(item: Item) =>
  z.object({
    studyScopeConsents: z
      .array(
        z.object({
          studyId: idSchema,
          /** The `version` of the study that was read; another one than stands is a conflict. */
          studyVersion: idSchema.optional(),
          scopeConsents: z.array(item).max(500),
        }),
      )
      .max(500),
    /** On what ground somebody else answers, for example a signed form. */
    basis: textOf(1000).optional(),
  });

/** POST and PATCH (4.3). */
export const answersSchema = request(
  questionSchema.extend({ consented: z.boolean('Must be true or false.'), endsAt: optionalMoment }),
);

/** DELETE (4.3): `consented`, `endsAt` and `studyVersion` may be there and are not looked at. */
export const questionsSchema = request(questionSchema);
