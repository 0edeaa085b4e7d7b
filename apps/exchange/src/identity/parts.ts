import type { System, SystemSight } from '../access/system.ts';
import type { Config } from '../config.ts';
import type { SignInAttempts } from './attempts.ts';

/** Where the provider keeps what it gave, as far as deeds here end it: destroying a grant ends its access tokens too. */
export type GrantStorage = Readonly<{
  adapter(model: 'Grant'): { destroy(id: string): Promise<unknown> };
  within<T>(sight: SystemSight, body: () => Promise<T>): Promise<T>;
}>;

/** What deeds about people's accounts are made from. */
export type IdentityParts = Readonly<{
  config: Config;
  system: System;
  /** Now; tests may turn it. */
  clock: () => Date;
  log: Readonly<{
    error(detail: object, message: string): void;
    info(detail: object, message: string): void;
  }>;
  attempts: SignInAttempts;
  storage: GrantStorage;
}>;

/** Somebody on the way to a client, between their request and its answer. */
export type VisitFacts = Readonly<{
  uid: string;
  clientId: string;
  /** What the client is called, for people. */
  clientName: string;
}>;
