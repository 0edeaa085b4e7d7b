import type { Provider } from 'oidc-provider';
import type { Gate } from '../access/gate.ts';
import type { System } from '../access/system.ts';
import type { AppDeps } from '../app.ts';
import type { Config } from '../config.ts';
import type { Storage } from './adapter.ts';
import type { SignInAttempts } from '../identity/attempts.ts';

/** What the pages and routes of the authorization server are made from. */
export type Parts = Readonly<{
  config: Config;
  system: System;
  gate: Gate;
  /** Now; tests may turn it. */
  clock: () => Date;
  log: AppDeps['log'];
  provider: Provider;
  storage: Storage;
  attempts: SignInAttempts;
}>;
