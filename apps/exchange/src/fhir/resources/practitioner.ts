/** Practitioner: whom `fhirUser` names, as FHIR R5 (https://hl7.org/fhir/R5/practitioner.html). */
import type { Practitioner } from '@jhe/fhir';
import type { PractitionerSearchRow } from '../../store/practitioner-search.ts';
import { META_SOURCE } from './meta.ts';

/** Absent values leave no trace in the resource. The address is there for those who see the practitioner's login. */
export function toPractitioner(row: PractitionerSearchRow): Practitioner {
  const name = {
    ...(row.nameFamily ? { family: row.nameFamily } : {}),
    ...(row.nameGiven ? { given: [row.nameGiven] } : {}),
  };
  return {
    resourceType: 'Practitioner',
    id: String(row.id),
    ...(row.identifier ? { identifier: [{ value: row.identifier }] } : {}),
    meta: { lastUpdated: row.lastUpdated, source: META_SOURCE },
    ...(row.active === null ? {} : { active: row.active }),
    ...(Object.keys(name).length === 0 ? {} : { name: [name] }),
    ...(row.email ? { telecom: [{ system: 'email', value: row.email }] } : {}),
  };
}
