/**
 * The authorization server: oidc-provider under /o with our pages, keys, storage and tokens, the discovery documents,
 * and invitations. Everything else of the exchange knows it only by `verifyToken`.
 */
import type { EventEmitter } from 'node:events';
import type { FastifyInstance } from 'fastify';
import type { Gate } from '../access/gate.ts';
import type { System } from '../access/system.ts';
import type { AppDeps, TokenFacts } from '../app.ts';
import type { Config } from '../config.ts';
import type { Face } from '../face.ts';
import { ACCESS_TOKEN_SECONDS, createTokenReader } from './access-token.ts';
import { openStorage } from './adapter.ts';
import { discoveryRoutes } from './discovery.ts';
import { oauthFace } from './face.ts';
import { interactionPages } from './interactions.ts';
import {
  addLaunchContext,
  answerForAccessTokens,
  answerUserinfo,
  readAuthorizationRequest,
} from './middleware.ts';
import { mountProvider } from './mount.ts';
import { servePages } from './page-routes.ts';
import type { Parts } from './parts.ts';
import { createProvider } from './provider.ts';
import { redeemRoute } from './redeem-invitation.ts';
import { createRevocations } from './revocations.ts';
import { createSignInAttempts } from './sign-in/attempts.ts';
import { openSigningKeys } from './signing-keys.ts';

export type AuthorizationServer = Readonly<{
  face: Face;
  mount(app: FastifyInstance): Promise<void>;
  /** What an access token says; null when it is malformed, expired, not ours or not for us. */
  verifyToken(token: string): Promise<TokenFacts | null>;
}>;

type Options = Readonly<{
  config: Config;
  system: System;
  gate: Gate;
  clock: () => Date;
  log: AppDeps['log'];
}>;

export async function openAuthorizationServer({
  config,
  system,
  gate,
  clock,
  log,
}: Options): Promise<AuthorizationServer> {
  const keys = await openSigningKeys(system);
  const revocations = createRevocations(system, clock, ACCESS_TOKEN_SECONDS);
  const storage = openStorage(system, clock, revocations);
  const provider = createProvider({ config, system, keys, storage });
  const readToken = createTokenReader({ config, system, clock }, keys, revocations);
  const attempts = createSignInAttempts(clock);
  const parts: Parts = { config, system, gate, clock, log, provider, storage, attempts };
  const logFault = (error: Error & { expose?: boolean }) => {
    if (error.expose) return;
    // The message may hold values; the name and place do not.
    const place = error.stack
      ?.split('\n')
      .find((line) => line.trim().startsWith('at '))
      ?.trim();
    log.error({ name: error.name, place }, 'authorization server failed');
  };
  provider.on('server_error', (_ctx, error) => logFault(error));
  (provider as unknown as EventEmitter).on('error', logFault);
  provider.use(readAuthorizationRequest());
  provider.use(servePages([...interactionPages(parts)], config));
  provider.use(answerUserinfo(config, system, readToken));
  provider.use(
    answerForAccessTokens(provider, system, readToken, ({ tokenId }) =>
      system('token', (sight) => revocations.add(sight, tokenId)),
    ),
  );
  provider.use(addLaunchContext(system));

  const face = oauthFace([
    ...discoveryRoutes(config),
    redeemRoute({ config, system, clock, provider, storage }),
  ]);
  return {
    face,
    mount: (app) => mountProvider(app, { provider, config, openPaths: face.routes.map(({ path }) => path) }),
    async verifyToken(token) {
      const facts = await readToken(token);
      if (!facts) return null;
      const { userId, clientId, grants, patientInContext, keyThumbprint } = facts;
      return {
        userId,
        clientId,
        grants,
        ...(patientInContext === undefined ? {} : { patientInContext }),
        ...(keyThumbprint === undefined ? {} : { keyThumbprint }),
      };
    },
  };
}
