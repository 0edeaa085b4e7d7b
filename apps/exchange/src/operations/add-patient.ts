import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, invalid, Refusal } from '../domain/refusal.ts';
import * as organizations from '../store/organizations.ts';
import * as patients from '../store/patients.ts';
import * as users from '../store/users.ts';

export type PatientDraft = Readonly<{
  organizationId: number;
  /** The address of the login made for the patient; without one the patient has no login. */
  email?: string | null | undefined;
  nameFamily?: string | null | undefined;
  nameGiven?: string | null | undefined;
  /** YYYY-MM-DD */
  birthDate?: string | null | undefined;
  telecomPhone?: string | null | undefined;
  identifiers?: readonly patients.Identifier[] | undefined;
}>;

/**
 * Makes a patient in an organization where the caller manages patients, with a login for the address when one is given.
 * Returns the patient's id. Refuses an address that belongs to a patient (to be looked up and added instead), to a
 * practitioner or to a superuser (D-05, H-25), and identifiers that another patient has.
 */
export async function addPatient(sight: WritableSight, draft: PatientDraft): Promise<{ patientId: number }> {
  const { organizationId } = draft;
  if (!(await organizations.manages(sight, organizationId))) throw forbidden(FORBIDDEN);
  const userId = draft.email ? await loginFor(sight, draft.email, draft) : null;
  const made = await patients.insert(sight, organizationId, {
    userId,
    nameFamily: draft.nameFamily ?? null,
    nameGiven: draft.nameGiven ?? null,
    birthDate: draft.birthDate ?? null,
    telecomPhone: draft.telecomPhone ?? null,
  });
  if (!made) throw forbidden(FORBIDDEN);
  await patients.addToOrganization(sight, made.patientId, organizationId);
  await addIdentifiers(sight, made.patientId, draft.identifiers ?? []);
  return made;
}

/** A plain account without any profile is taken over; otherwise a new login without a password is made. */
async function loginFor(sight: WritableSight, email: string, draft: PatientDraft): Promise<number> {
  const person = await users.findPersonByEmail(sight, email);
  if (person) {
    if (person.superuser || person.practitionerId !== null) {
      throw new Refusal(
        'invalid',
        'This e-mail address belongs to an account that cannot be made a patient.',
      );
    }
    if (person.patientId !== null) {
      throw new Refusal(
        'invalid',
        'A patient with this e-mail address exists; look them up and add them instead.',
      );
    }
    return person.userId;
  }
  const id = await users.nextId(sight);
  const made = await users.insertForPatient(sight, {
    id,
    email: email.replace(/@.*$/, (domain) => domain.toLowerCase()),
    firstName: draft.nameGiven ?? '',
    lastName: draft.nameFamily ?? '',
  });
  if (!made) throw new Refusal('invalid', 'This e-mail address is already in use.');
  return id;
}

/** Gives identifiers to a patient; refuses one that another patient has, by its place `identifiers[i]`. */
export async function addIdentifiers(
  sight: WritableSight,
  patientId: number,
  identifiers: readonly patients.Identifier[],
): Promise<void> {
  for (const [index, identifier] of identifiers.entries()) {
    if (!(await patients.addIdentifier(sight, patientId, identifier))) {
      throw invalid(`identifiers[${index}]`, 'The external identifier is already in use by another patient.');
    }
  }
}
