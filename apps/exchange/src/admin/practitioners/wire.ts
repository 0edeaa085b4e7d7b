import type { PractitionerRow } from '../../store/practitioners.ts';
import { presentNested } from '../organizations/wire.ts';

/** Practitioner (3.2). */
export function presentPractitioner(row: PractitionerRow) {
  return {
    id: row.id,
    jheUserId: row.userId,
    nameFamily: row.nameFamily,
    nameGiven: row.nameGiven,
    telecomEmail: row.email,
    organizations: row.organizations.map(presentNested),
  };
}
