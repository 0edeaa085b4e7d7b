import type { Provider } from 'oidc-provider';
import type { Gate } from '../access/gate.ts';
import type { IdentityParts } from '../identity/parts.ts';
import type { Storage } from './adapter.ts';

/** What the authorization server is made of, and the pages and routes that stand on it. */
export type Parts = IdentityParts & Readonly<{ gate: Gate; provider: Provider; storage: Storage }>;
