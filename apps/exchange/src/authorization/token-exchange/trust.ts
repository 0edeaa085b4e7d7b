/** Whom a token exchange trusts: settings in the database, read anew for each request. */
import type { SystemSight } from '../../access/system.ts';
import { readSettings } from '../../store/oauth-settings.ts';
import { ExchangeFault } from './request.ts';

export type Trust = Readonly<{
  /** Issuers whose tokens are taken, without a slash at the end. */
  issuers: ReadonlySet<string>;
  /** Of those, the ones whose tokens are taken from callers that do not say which client they are. */
  unauthenticated: ReadonlySet<string>;
  /** The client at those issuers that the tokens were made for. */
  audience: string;
}>;

const ISSUERS = 'auth.sof.trusted_issuers';
const AUDIENCE = 'auth.sof.trusted_audience';
const UNAUTHENTICATED = 'auth.sof.unauthenticated_issuers';

/** Issuers are the same with and without slashes at the end. */
export const plainIssuer = (issuer: string): string => issuer.replace(/\/+$/, '');

/** What is set now. A setting of the wrong shape counts as not set, and nobody is trusted then. */
export async function readTrust(sight: SystemSight): Promise<Trust> {
  const settings = await readSettings(sight, [ISSUERS, AUDIENCE, UNAUTHENTICATED]);
  return {
    issuers: new Set(settings[ISSUERS].map(plainIssuer)),
    unauthenticated: new Set(settings[UNAUTHENTICATED].map(plainIssuer)),
    audience: settings[AUDIENCE],
  };
}

/** Refuses every exchange where nobody has said whom to trust. */
export function requireTrust(trust: Trust): void {
  if (trust.issuers.size === 0 || trust.audience === '') {
    throw new ExchangeFault(500, 'server_error', 'Token exchange is not configured.');
  }
}

/** Refuses an issuer that is not trusted; the slash at its end does not matter. */
export function requireTrusted(trust: Trust, issuer: string): void {
  if (!trust.issuers.has(plainIssuer(issuer))) {
    throw new ExchangeFault(403, 'invalid_request', 'Issuer not trusted');
  }
}
