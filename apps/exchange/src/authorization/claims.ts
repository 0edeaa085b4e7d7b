/** What ID tokens say about a person, and about the access token beside them. */
import { createHash, randomUUID } from 'node:crypto';
import { Provider } from 'oidc-provider';
import type { Config } from '../config.ts';
import type { Account } from '../store/oauth-accounts.ts';
import { audienceOf } from './access-token.ts';

/** The claims of OpenID Connect Core 1.0, section 5.1, and SMART's fhirUser; the provider picks by scope. */
export function claimsOf(account: Account, config: Config) {
  const { userId, email, emailVerified, firstName, lastName, practitionerId, patientId } = account;
  const reference = practitionerId
    ? `Practitioner/${practitionerId}`
    : patientId
      ? `Patient/${patientId}`
      : undefined;
  const name = [firstName, lastName].filter((part) => part !== '').join(' ');
  return {
    sub: String(userId),
    jti: randomUUID(),
    ...(email === null ? {} : { email, email_verified: emailVerified }),
    ...(name === '' ? {} : { name, given_name: firstName, family_name: lastName }),
    ...(reference ? { fhirUser: `${audienceOf(config)}/${reference}` } : {}),
  };
}

/**
 * Lets an ID token name the access token that came with it: at_hash, the left half of its SHA-256 (OpenID Connect
 * Core 1.0, section 3.1.3.6). The provider leaves it out on the code flow, so the value is kept as it is saved.
 */
export function rememberAccessTokens(provider: Provider): (ctx: object) => string | undefined {
  const hashes = new WeakMap<object, string>();
  const { save } = provider.AccessToken.prototype;
  provider.AccessToken.prototype.save = async function saveAndRemember(): Promise<string> {
    const value = await save.call(this);
    const ctx = Provider.ctx;
    if (ctx)
      hashes.set(ctx, createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url'));
    return value;
  };
  return (ctx) => hashes.get(ctx);
}
