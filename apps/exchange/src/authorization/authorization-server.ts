/**
 * The authorization server: oidc-provider under /o with our pages, keys, storage and tokens. Programs that call the exchange
 * know it only by `verifyToken`.
 */
import type { EventEmitter } from 'node:events';
import type { FastifyInstance } from 'fastify';
import type { Gate } from '../access/gate.ts';
import type { System } from '../access/system.ts';
import type { AppDeps, TokenFacts } from '../app.ts';
import type { Config } from '../config.ts';
import { Refusal } from '../domain/refusal.ts';
import { openSignInAttempts } from '../identity/attempts.ts';
import { createTokenReader, LONGEST_ACCESS_TOKEN_SECONDS } from './access-token.ts';
import { openStorage } from './adapter.ts';
import { createApiKeyReader, looksLikeApiKey } from './api-key-token.ts';
import { redirectPostedRequest } from './authorize-by-form.ts';
import { keysOfClient, refuseReplays, takeBothSpellings } from './client-assertions.ts';
import { allowRegisteredOrigins } from './cross-origin.ts';
import { createProofCheck, type ProofCheck } from './dpop.ts';
import { keepUpWithKeys } from './generations.ts';
import { openKeyRing } from './key-ring.ts';
import {
  addLaunchContext,
  answerForAccessTokens,
  answerUserinfo,
  readAuthorizationRequest,
} from './middleware.ts';
import { mountProvider, type Serve, serveProvider } from './mount.ts';
import type { Parts } from './parts.ts';
import { answerInProtocol } from './protocol-faults.ts';
import { createProvider } from './provider.ts';
import type { ProviderPages } from './provider-pages.ts';
import { nameRefreshingClient } from './refresh-without-client.ts';
import { answerRegistration } from './registration.ts';
import { createRemoteDocuments } from './remote-documents.ts';
import { createRevocations, type Revocations } from './revocations.ts';
import type { SigningKeys } from './signing-keys.ts';
import { answerTokenExchange, serveExchangeGrant } from './token-exchange/routes.ts';
import { answerBusy } from './when-busy.ts';

export type AuthorizationServer = Readonly<{
  /** What pages and routes stand on. Its provider's models are as good as those of any later one. */
  parts: Parts;
  revocations: Revocations;
  /** Hands a request on to the provider that has the keys of now. */
  serve: Serve;
  /** Mounts the provider; scripts of any origin may ask `openPaths`. */
  mount(app: FastifyInstance, openPaths: readonly string[]): Promise<void>;
  /** What an access token says; null when it is malformed, expired, not ours or not for us. */
  verifyToken(token: string): Promise<TokenFacts | null>;
  /** Whether a request proves that its sender holds the key of its token. */
  provesKey: ProofCheck;
}>;

/** What Node says of a connection that the other side ended. */
const HUNG_UP: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

export type AuthorizationServerOptions = Readonly<{
  config: Config;
  system: System;
  gate: Gate;
  clock: () => Date;
  log: AppDeps['log'];
  pages: ProviderPages;
}>;

export async function openAuthorizationServer({
  config,
  system,
  gate,
  clock,
  log,
  pages,
}: AuthorizationServerOptions): Promise<AuthorizationServer> {
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

  /** One generation of the provider: its keys cannot be changed, so that other keys mean another generation. */
  function assemble(keys: SigningKeys): Parts {
    const provider = createProvider({ config, system, clock, keys, storage, pages });
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
    provider.use(answerBusy(provider, parts, pages.busy));
    provider.use(redirectPostedRequest());
    provider.use(answerRegistration(parts));
    provider.use(nameRefreshingClient(provider));
    provider.use(readAuthorizationRequest());
    provider.use(pages.serve(parts));
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
  const serve = serveProvider(generations.provider, config);
  return {
    parts: generations.first,
    revocations,
    serve,
    async mount(app, openPaths) {
      await allowRegisteredOrigins(app, { config, system, clock });
      mountProvider(app, serve, openPaths);
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
