import type { Interaction, Purpose } from '../access/audit.ts';
import type { Call } from '../face.ts';

/** The FHIR type that stands for each noun of this face, for grants and for the audit trail. */
const RESOURCE = {
  user: 'Person',
  practitioner: 'Practitioner',
  patient: 'Patient',
  organization: 'Organization',
  study: 'Group',
  consent: 'Consent',
  code: 'Basic',
  'data source': 'Device',
  client: 'Basic',
  invitation: 'Basic',
  observation: 'Observation',
  'audit event': 'AuditEvent',
} as const;

/** What a passage through the gate is for: an interaction with one of this face's nouns. */
export function purpose(
  call: Pick<Call, 'requestId'>,
  interaction: Interaction,
  noun: keyof typeof RESOURCE,
): Purpose {
  return { requestId: call.requestId, interaction, resource: RESOURCE[noun] };
}
