import type { System } from '../access/system.ts';
import { registerPortal } from '../store/oauth-clients.ts';

/** The portal's client_id; the portal is a public client of this server like any other, but asks for no approval. */
export const PORTAL_CLIENT_ID = 'jhe-portal';

/** Registers the portal at the address the server has now, so that it can sign people in wherever it is moved. */
export async function ensurePortalClient(system: System, siteUrl: string): Promise<void> {
  await system('token', (sight) =>
    registerPortal(sight, {
      clientId: PORTAL_CLIENT_ID,
      redirectUris: [`${siteUrl}/auth/callback`],
      postLogoutRedirectUris: [`${siteUrl}/`],
    }),
  );
}
