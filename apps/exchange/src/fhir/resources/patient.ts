/** Patient: a person who shares readings, as FHIR R5 (https://hl7.org/fhir/R5/patient.html). */
import type { Identifier, Patient } from '@jhe/fhir';
import type { PatientSearchRow } from '../../store/patient-search.ts';
import { META_SOURCE } from './meta.ts';

/** Absent values leave no trace in the resource. */
export function toPatient(row: PatientSearchRow): Patient {
  const name = {
    ...(row.nameFamily ? { family: row.nameFamily } : {}),
    ...(row.nameGiven ? { given: [row.nameGiven] } : {}),
  };
  const telecom = [
    ...(row.telecomPhone
      ? [{ system: 'phone' as const, value: row.telecomPhone, use: 'mobile' as const }]
      : []),
    ...(row.email ? [{ system: 'email' as const, value: row.email, use: 'home' as const }] : []),
  ];
  return {
    resourceType: 'Patient',
    id: String(row.id),
    ...(row.identifiers === null ? {} : { identifier: JSON.parse(row.identifiers) as Identifier[] }),
    meta: { lastUpdated: row.lastUpdated, source: META_SOURCE },
    ...(Object.keys(name).length === 0 ? {} : { name: [name] }),
    ...(telecom.length === 0 ? {} : { telecom }),
    ...(row.birthDate ? { birthDate: row.birthDate } : {}),
  };
}
