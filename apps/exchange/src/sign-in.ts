/** Puts together what signs people and programs in: the authorization server, its pages, and the routes that stand on it. */
import type { FastifyInstance } from 'fastify';
import { registrationRoutes } from './admin/client-registrations/routes.ts';
import { redeemRoute } from './admin/invitations/redeem-route.ts';
import { launchRoute } from './admin/launches/routes.ts';
import { practitionerClientFace } from './admin/practitioner-clients/face.ts';
import { startClaimRoute } from './admin/record-claims/routes.ts';
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  openAuthorizationServer,
} from './authorization/authorization-server.ts';
import { discoveryRoutes } from './authorization/discovery.ts';
import { oauthFace } from './authorization/face.ts';
import type { Face } from './face.ts';
import { everyPage } from './pages/every-page.ts';
import { createInstitutions } from './pages/institutions/pages.ts';
import { answerForNobody } from './pages/no-such-page.ts';
import { pageFace } from './pages/page-routes.ts';
import { providerPages } from './pages/provider-pages.ts';

export type SignIn = Pick<AuthorizationServer, 'verifyToken' | 'provesKey'> &
  Readonly<{ faces: readonly Face[]; mount(app: FastifyInstance): Promise<void> }>;

export async function openSignIn(options: Omit<AuthorizationServerOptions, 'pages'>): Promise<SignIn> {
  const { config, clock } = options;
  const institutions = createInstitutions(clock, config);
  const server = await openAuthorizationServer({ ...options, pages: providerPages(institutions) });
  const { parts, serve, revocations } = server;
  const open = oauthFace([
    ...discoveryRoutes(config),
    redeemRoute(parts),
    startClaimRoute(parts),
    launchRoute(parts),
    ...registrationRoutes(parts),
  ]);
  return {
    faces: [
      open,
      pageFace(everyPage(parts, institutions), serve),
      practitionerClientFace(parts, revocations),
    ],
    async mount(app) {
      await server.mount(
        app,
        open.routes.map(({ path }) => path),
      );
      answerForNobody(app, config);
    },
    verifyToken: server.verifyToken,
    provesKey: server.provesKey,
  };
}
