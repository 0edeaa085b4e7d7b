import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, notFound, Refusal } from '../domain/refusal.ts';
import * as organizations from '../store/organizations.ts';
import * as patients from '../store/patients.ts';

/** Adds an existing patient to an organization where the caller manages patients (H-04). Refuses a second time. */
export async function addPatientToOrganization(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<void> {
  if (!(await organizations.manages(sight, organizationId))) {
    if (await organizations.get(sight, organizationId)) throw forbidden(FORBIDDEN);
    throw notFound('Organization');
  }
  let added: boolean;
  try {
    added = await patients.addToOrganization(sight, patientId, organizationId);
  } catch (error) {
    // foreign_key_violation: who is out of sight cannot be looked up first, so the database says there is nobody.
    if ((error as { code?: string }).code === '23503') throw notFound('Patient');
    throw error;
  }
  if (!added) throw new Refusal('invalid', 'This patient is already a member of this organization.');
}
