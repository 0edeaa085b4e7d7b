import type { WritableSight } from '../access/sight.ts';
import { FORBIDDEN, forbidden, notFound, Refusal } from '../domain/refusal.ts';
import * as organizations from '../store/organizations.ts';
import * as patients from '../store/patients.ts';

/**
 * Answers the older clients' way of adding a patient by number (H-04). It adds nobody: an organization makes its own
 * record, and who is a patient elsewhere accepts it or not. A number that is not of the caller's organizations is not
 * found, whether or not there is such a record.
 */
export async function addPatientToOrganization(
  sight: WritableSight,
  patientId: number,
  organizationId: number,
): Promise<never> {
  if (!(await organizations.manages(sight, organizationId))) {
    if (await organizations.get(sight, organizationId)) throw forbidden(FORBIDDEN);
    throw notFound('Organization');
  }
  const shared = await patients.organizationsOf(sight, patientId);
  if (shared.length === 0) throw notFound('Patient');
  if (shared.includes(organizationId)) {
    throw new Refusal('invalid', 'This patient is already a member of this organization.');
  }
  throw new Refusal(
    'conflict',
    'A patient of one organization is not added to another one by others. Make a record of your own (POST /api/v1/patients) and invite the patient; it becomes one with theirs when they accept.',
  );
}
