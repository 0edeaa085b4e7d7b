import { z } from 'zod';
import type { EnrollmentRow } from '../../store/enrollments.ts';
import { STUDY_PURPOSES, type StudyRow } from '../../store/studies.ts';
import type { RequestedCodeRow, StudyClientRow, StudyDataSourceRow } from '../../store/study-parts.ts';
import { presentCode } from '../codes/wire.ts';
import { presentLite } from '../organizations/wire.ts';
import {
  idSchema,
  optionalMoment,
  optionalTextOf,
  PROSE_LENGTH,
  textOf,
  textSchema,
  URL_LENGTH,
} from '../read-request.ts';

/** Study (3.2): the answer to a change, with the organization's id. */
export function presentStudy({ id, name, description, organizationId, iconUrl, purpose, endsAt }: StudyRow) {
  return { id, name, description, organization: organizationId, iconUrl, purpose, endsAt };
}

/** StudyRead (3.2): list and detail, with the organization itself. */
export function presentStudyRead(row: StudyRow) {
  return {
    ...presentStudy(row),
    organization: presentLite({
      id: row.organizationId,
      name: row.organizationName,
      type: row.organizationType,
    }),
  };
}

/** The study inside its links: all its own columns, and nothing about its patients. */
function presentNestedStudy(study: StudyRow) {
  return { ...presentStudy(study), lastUpdated: study.lastUpdated };
}

export function presentStudyPatient(study: StudyRow, { id, patientId }: EnrollmentRow) {
  return { id, study: presentNestedStudy(study), patient: { id: patientId } };
}

export function presentScopeRequest(study: StudyRow, row: RequestedCodeRow) {
  return { id: row.id, study: presentNestedStudy(study), scopeCode: presentCode({ ...row, id: row.codeId }) };
}

/** Named fields only: never a secret or an owner (H-08). */
export function presentStudyClient(study: StudyRow, row: StudyClientRow) {
  return {
    id: row.id,
    study: presentNestedStudy(study),
    client: {
      id: row.clientId,
      name: row.name,
      client_id: row.oauthClientId,
      invitationUrl: row.invitationUrl,
    },
  };
}

export function presentStudyDataSource(study: StudyRow, row: StudyDataSourceRow) {
  return {
    id: row.id,
    study: presentNestedStudy(study),
    dataSource: { id: row.dataSourceId, name: row.name, type: row.type },
  };
}

export const newStudySchema = z.object({
  organization: idSchema,
  name: textSchema,
  description: textOf(PROSE_LENGTH),
  iconUrl: optionalTextOf(URL_LENGTH),
  /** What the readings are used for (HL7 v3 PurposeOfUse); another one asks every patient again. */
  purpose: z.enum(STUDY_PURPOSES, `One of ${STUDY_PURPOSES.join(', ')}.`).optional(),
  /** When answers stop counting; null: the study has no end. Another one asks every patient again. */
  endsAt: optionalMoment,
});

export const studyChangesSchema = newStudySchema.partial();

export const patientIdsSchema = z.object({
  patientIds: z
    .array(idSchema, 'A list of patient ids is required.')
    .max(1000, 'At most 1000 at once.')
    .transform((ids) => [...new Set(ids)]),
});

export const scopeCodeSchema = z.object({ scopeCodeId: idSchema });
export const dataSourceLinkSchema = z.object({ dataSourceId: idSchema });
/** The row of the client; `client_id` is the same field here. */
export const clientLinkSchema = z
  .object({ clientId: idSchema.optional(), client_id: idSchema.optional() })
  .transform((body, context) => {
    const clientId = body.clientId ?? body.client_id;
    if (clientId !== undefined) return { clientId };
    context.addIssue({ code: 'custom', path: ['clientId'], message: 'This field is required.' });
    return z.NEVER;
  });
