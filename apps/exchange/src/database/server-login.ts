import { createHmac } from 'node:crypto';
import type { Pool } from './pool.ts';

const SERVER_ROLE = 'jhe_server';

/**
 * Lets the server sign in as the role that owns nothing, and returns its connection string.
 * The password is derived from the owner's connection, so every server of one database agrees without shared state,
 * and it changes with the owner's password. Over a unix socket with trust (the embedded database) it is not asked for.
 */
export async function enableServerLogin(owner: Pool, ownerUrl: string): Promise<string> {
  const url = new URL(ownerUrl);
  const password = createHmac('sha256', `${url.username}:${url.password}@${url.host}${url.search}`)
    .update(SERVER_ROLE)
    .digest('base64url');
  // A utility statement takes no parameters; the password is base64url, so quoting it is safe. Two servers may start
  // at once: the one that loses the race finds the same password already set.
  await owner.query(`alter role ${SERVER_ROLE} password '${password}'`).catch((error: { code?: string }) => {
    if (error.code !== 'XX000') throw error;
  });
  url.username = SERVER_ROLE;
  url.password = password;
  return url.toString();
}
