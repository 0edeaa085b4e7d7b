import type { Deps, Face } from '../face.ts';
import { auditEventRoutes } from './audit-events/routes.ts';
import { clientRoutes } from './clients/routes.ts';
import { codeRoutes } from './codes/routes.ts';
import { collectionsRoute } from './collections.ts';
import { consentRoutes } from './consents/routes.ts';
import { dataSourceRoutes } from './data-sources/routes.ts';
import { type InvitationParts, invitationRoutes } from './invitations/routes.ts';
import { observationRoutes } from './observations/routes.ts';
import { memberRoutes } from './organizations/member-routes.ts';
import { organizationRoutes } from './organizations/routes.ts';
import { patientLookupRoutes } from './patients/lookup-routes.ts';
import { patientRoutes } from './patients/routes.ts';
import { practitionerRoutes } from './practitioners/routes.ts';
import { refuse } from './refuse.ts';
import { seriesRoutes } from './series/routes.ts';
import { studyPartRoutes } from './studies/part-routes.ts';
import { studyRoutes } from './studies/routes.ts';
import { userRoutes } from './users/routes.ts';

/** The face /api/v1: people, organizations, studies, consents and the catalogue, as JSON (Admin REST contract). */
export function adminFace(deps: Deps & InvitationParts): Face {
  const routes = [
    ...userRoutes(deps),
    ...practitionerRoutes(deps),
    ...organizationRoutes(deps),
    ...memberRoutes(deps),
    ...studyRoutes(deps),
    ...studyPartRoutes(deps),
    ...patientRoutes(deps),
    ...patientLookupRoutes(deps),
    ...consentRoutes(deps),
    ...seriesRoutes(deps),
    ...codeRoutes(deps),
    ...dataSourceRoutes(deps),
    ...clientRoutes(deps),
    ...invitationRoutes(deps),
    ...auditEventRoutes(deps),
    ...observationRoutes(deps),
  ];
  return { name: 'admin', routes: [collectionsRoute(deps, routes), ...routes], refuse };
}
