import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, invalid } from '../domain/refusal.ts';
import * as organizations from '../store/organizations.ts';
import * as patients from '../store/patients.ts';
import * as users from '../store/users.ts';

export type PatientDraft = Readonly<{
  organizationId: number;
  /** An address to write to. It proves nothing and matches nobody, whoever else may have it. */
  contactEmail?: string | null | undefined;
  nameFamily?: string | null | undefined;
  nameGiven?: string | null | undefined;
  /** YYYY-MM-DD */
  birthDate?: string | null | undefined;
  telecomPhone?: string | null | undefined;
  identifiers?: readonly patients.Identifier[] | undefined;
}>;

/**
 * Makes the organization's own record of a patient, in its keeping, whoever may know the person elsewhere: so the reply
 * tells nothing about anybody (H-25). A login without an address goes with it, for the sessions that a link begins.
 * Returns the patient's id. Refuses identifiers that another record of the organization has.
 */
export async function addPatient(sight: WritableSight, draft: PatientDraft): Promise<{ patientId: number }> {
  const { organizationId } = draft;
  if (!(await organizations.manages(sight, organizationId))) throw forbidden(FORBIDDEN);
  const userId = await users.insertForPatient(sight, {
    firstName: draft.nameGiven ?? '',
    lastName: draft.nameFamily ?? '',
  });
  const made = await patients.insert(sight, organizationId, {
    userId,
    nameFamily: draft.nameFamily ?? null,
    nameGiven: draft.nameGiven ?? null,
    birthDate: draft.birthDate ?? null,
    telecomPhone: draft.telecomPhone ?? null,
    contactEmail: draft.contactEmail?.replace(/@.*$/, (domain) => domain.toLowerCase()) ?? null,
  });
  if (!made) throw forbidden(FORBIDDEN);
  await patients.keepInOrganization(sight, made.patientId, organizationId);
  await addIdentifiers(sight, made.patientId, organizationId, draft.identifiers ?? []);
  return made;
}

/** Gives identifiers to a patient; refuses one that another record of the organization has, by its place `identifiers[i]`. */
export async function addIdentifiers(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
  identifiers: readonly patients.Identifier[],
): Promise<void> {
  for (const [index, identifier] of identifiers.entries()) {
    if (!(await patients.addIdentifier(sight, patientId, organizationId, identifier))) {
      const { system, value } = identifier;
      throw invalid(
        `identifiers[${index}]`,
        `The external identifier ${system}|${value} is already in use by another patient.`,
      );
    }
  }
}
