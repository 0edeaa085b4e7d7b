/** Our own clients: public clients of this server like any other, but they ask for no approval. */
import type { System } from '../access/system.ts';
import { ACCOUNT_CLIENT_ID, PORTAL_CLIENT_ID } from '../domain/own-pages.ts';
import { registerOwnClient } from '../store/oauth-clients.ts';

/** Registers our clients at the address the server has now, so that they can sign people in wherever it is moved. */
export async function ensureOwnClients(system: System, siteUrl: string): Promise<void> {
  await system('token', async (sight) => {
    const postLogoutRedirectUris = [`${siteUrl}/`];
    await registerOwnClient(sight, {
      clientId: PORTAL_CLIENT_ID,
      name: 'JupyterHealth Exchange',
      redirectUris: [`${siteUrl}/auth/callback`],
      postLogoutRedirectUris,
      defaultScopes: 'user/*.cruds',
    });
    await registerOwnClient(sight, {
      clientId: ACCOUNT_CLIENT_ID,
      name: 'your account',
      redirectUris: [`${siteUrl}/accounts/callback/`],
      postLogoutRedirectUris,
      defaultScopes: '',
    });
  });
}
