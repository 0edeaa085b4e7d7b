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
import { Refusal } from '../domain/refusal.ts';
import type { Face } from '../face.ts';
import { createTokenReader, LONGEST_ACCESS_TOKEN_SECONDS } from './access-token.ts';
import { openStorage } from './adapter.ts';
import { apiKeyFace } from '../admin/practitioner-clients/face.ts';
import { createApiKeyReader, looksLikeApiKey } from './api-key-token.ts';
import { redirectPostedRequest } from './authorize-by-form.ts';
import { keysOfClient, refuseReplays, takeBothSpellings } from './client-assertions.ts';
import { allowRegisteredOrigins } from './cross-origin.ts';
import { discoveryRoutes } from './discovery.ts';
import { createProofCheck, type ProofCheck } from './dpop.ts';
import { everyPage } from '../pages/every-page.ts';
import { oauthFace } from './face.ts';
import { keepUpWithKeys } from './generations.ts';
import { createInstitutions } from '../pages/institutions/pages.ts';
import { openKeyRing } from './key-ring.ts';
import { launchRoute } from '../admin/launches/routes.ts';
import {
  addLaunchContext,
  answerForAccessTokens,
  answerUserinfo,
  readAuthorizationRequest,
} from './middleware.ts';
import { mountProvider, serveProvider } from './mount.ts';
import { pageFace, servePages } from '../pages/page-routes.ts';
import type { Parts } from './parts.ts';
import { answerInProtocol } from './protocol-faults.ts';
import { createProvider } from './provider.ts';
import { startClaimRoute } from '../admin/record-claims/routes.ts';
import { redeemRoute } from './redeem-invitation.ts';
import { nameRefreshingClient } from './refresh-without-client.ts';
import { answerRegistration } from './registration.ts';
import { registrationQueue } from '../admin/client-registrations/routes.ts';
import { createRemoteDocuments } from './remote-documents.ts';
import { createRevocations } from './revocations.ts';
import { openSignInAttempts } from '../identity/attempts.ts';
import type { SigningKeys } from './signing-keys.ts';
import { answerTokenExchange, serveExchangeGrant } from './token-exchange/routes.ts';
import { answerBusy } from './when-busy.ts';

export type AuthorizationServer = Readonly<{
  face: Face;
  /** What people see in a browser. */
  pages: Face;
  /** Keys that practitioners make for programs of their own. */
  apiKeys: Face;
  mount(app: FastifyInstance): Promise<void>;
  /** What an access token says; null when it is malformed, expired, not ours or not for us. */
  verifyToken(token: string): Promise<TokenFacts | null>;
  /** Whether a request proves that its sender holds the key of its token. */
  provesKey: ProofCheck;
}>;

/** What Node says of a connection that the other side ended. */
const HUNG_UP: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

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
  const ring = await openKeyRing(system, clock);
  const revocations = createRevocations(system, clock, LONGEST_ACCESS_TOKEN_SECONDS);
  const documents = createRemoteDocuments(clock);
  const storage = openStorage(system, clock, revocations, (client) =>
    keysOfClient(client, config, documents),
  );
  const readApiKey = createApiKeyReader(system);
  const readToken = createTokenReader({ config, clock }, ring, revocations);
  const provesKey = createProofCheck({ config, system, clock });
  const attempts = await openSignInAttempts({ config, system, clock });
  const institutions = createInstitutions(clock, config);

  /** One generation of the provider: its keys cannot be changed, so that other keys mean another generation. */
  function assemble(keys: SigningKeys): Parts {
    const provider = createProvider({ config, system, clock, keys, storage });
    const parts: Parts = { config, system, gate, clock, log, provider, storage, attempts };
    const logFault = (error: Error & { expose?: boolean; code?: string }) => {
      if (error.expose || (error instanceof Refusal && error.code === 'busy')) return;
      // Whoever hangs up is no fault of ours, and could fill the log.
      if (error.code !== undefined && HUNG_UP.has(error.code)) return;
      // The message may hold values; the name and place do not.
      const place = error.stack
        ?.split('\n')
        .find((line) => line.trim().startsWith('at '))
        ?.trim();
      log.error({ name: error.name, place }, 'authorization server failed');
    };
    refuseReplays(provider, parts);
    takeBothSpellings(provider);
    serveExchangeGrant(parts, documents);
    provider.on('server_error', (_ctx, error) => logFault(error));
    (provider as unknown as EventEmitter).on('error', logFault);
    provider.use(answerInProtocol(logFault));
    provider.use(answerBusy(provider, parts));
    provider.use(redirectPostedRequest());
    provider.use(answerRegistration(parts));
    provider.use(nameRefreshingClient(provider));
    provider.use(readAuthorizationRequest());
    provider.use(servePages(everyPage(parts, institutions), parts));
    provider.use(answerTokenExchange(parts, documents));
    provider.use(answerUserinfo(config, system, readToken, provesKey));
    provider.use(
      answerForAccessTokens(provider, config, system, readToken, ({ tokenId }) =>
        system('token', (sight) => revocations.add(sight, tokenId)),
      ),
    );
    provider.use(addLaunchContext(system));
    return parts;
  }
  const generations = keepUpWithKeys(ring, assemble);
  const parts = generations.first;
  const serve = serveProvider(generations.provider, config);

  const face = oauthFace([
    ...discoveryRoutes(config),
    redeemRoute(parts),
    startClaimRoute(parts),
    launchRoute(parts),
    ...registrationQueue(parts),
  ]);
  return {
    face,
    pages: pageFace(everyPage(parts, institutions), serve),
    apiKeys: apiKeyFace({ config, system, clock, revocations }),
    async mount(app) {
      await allowRegisteredOrigins(app, { config, system, clock });
      mountProvider(
        app,
        serve,
        face.routes.map(({ path }) => path),
      );
    },
    provesKey,
    async verifyToken(token) {
      if (looksLikeApiKey(token)) return readApiKey(token);
      const facts = await readToken(token);
      if (!facts) return null;
      const { userId, clientId, grants, session, patientInContext, keyThumbprint } = facts;
      return {
        userId,
        clientId,
        grants,
        session,
        ...(patientInContext === undefined ? {} : { patientInContext }),
        ...(keyThumbprint === undefined ? {} : { keyThumbprint }),
      };
    },
  };
}
