import type { System } from '../../access/system.ts';
import type { Config } from '../../config.ts';
import { hashClientSecret } from '../../domain/client-secret.ts';
import { registerEhrLaunchClient } from '../../store/oauth-clients.ts';

/** Registers the client of EHR apps that the environment names, with the secret that it has there now. */
export async function ensureEhrLaunchClient(
  system: System,
  { ehrLaunchClient }: Pick<Config, 'ehrLaunchClient'>,
): Promise<void> {
  if (ehrLaunchClient === null) return;
  const { clientId, secret } = ehrLaunchClient;
  await system('token', (sight) =>
    registerEhrLaunchClient(sight, { clientId, secretHash: hashClientSecret(secret) }),
  );
}
