import { z } from 'zod';
import type { PatientRow } from '../../store/patients.ts';
import { presentNested } from '../organizations/wire.ts';
import { idSchema, optionalText, textSchema } from '../read-request.ts';

/**
 * Patient (3.2). `identifier` beside `identifiers` is for clients of before 0.3, which know one identifier only.
 */
export function presentPatient(row: PatientRow) {
  return {
    id: row.id,
    jheUserId: row.userId,
    identifier: row.identifiers[0]?.value ?? null,
    identifiers: row.identifiers.map(({ id, system, value }) => ({ id, system, value })),
    nameFamily: row.nameFamily,
    nameGiven: row.nameGiven,
    birthDate: row.birthDate,
    telecomPhone: row.telecomPhone,
    telecomEmail: row.telecomEmail,
    organizations: row.organizations.map(presentNested),
  };
}

/** The patient inside a patient's own profile: without name, birth date or address (3.3). */
export function presentPatientWithoutDetails(row: PatientRow) {
  const { id, jheUserId, identifiers, organizations } = presentPatient(row);
  return { id, jheUserId, identifiers, organizations };
}

export const BIRTH_DATE = 'Enter a valid birth date (YYYY-MM-DD).';

/** A day of the calendar, between the oldest people and tomorrow. */
export const birthDateSchema = z
  .union([z.iso.date(BIRTH_DATE), z.literal(''), z.null()], BIRTH_DATE)
  .optional()
  .transform((date) => (date === undefined ? undefined : date || null))
  .refine((date) => !date || (date >= '1850-01-01' && date <= tomorrow()), BIRTH_DATE);

function tomorrow(): string {
  return new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}

const identifiersSchema = z
  .array(z.object({ system: textSchema, value: textSchema }), 'A list of {system, value} is required.')
  .max(50, 'At most 50.')
  .optional();

const details = {
  nameFamily: optionalText,
  nameGiven: optionalText,
  birthDate: birthDateSchema,
  telecomPhone: optionalText,
  identifiers: identifiersSchema,
};

/** POST; other keys are left where they are, never passed on (H-09). */
export const newPatientSchema = z.object({
  organizationId: idSchema,
  ...details,
  /** What clients show of these two is a sentence (3.7): `birthDateSchema`, `emailSchema`. */
  telecomEmail: z.unknown().optional(),
  birthDate: z.unknown().optional(),
});

/** PUT and PATCH: everything but the address. */
export const patientChangesSchema = z.object(details);

export const emailSchema = z.email().max(254);
