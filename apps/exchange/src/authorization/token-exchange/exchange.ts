/** From a token of a trusted issuer to an access token of ours for the practitioner whom it is about (RFC 8693). */
import type { Client } from 'oidc-provider';
import type { SystemSight } from '../../access/system.ts';
import { keepOnce } from '../../store/oauth-models.ts';
import { findExchangedPeople, touchExternalIdentity } from '../../store/oauth-token-exchange.ts';
import { audienceOf } from '../access-token.ts';
import { accessTokenSeconds } from '../lifetimes.ts';
import type { Parts } from '../parts.ts';
import type { RemoteDocuments } from '../remote-documents.ts';
import { accessTokenInfo } from '../resources.ts';
import { knownScopes } from '../scopes.ts';
import { ACCESS_TOKEN_TYPE, ExchangeFault, type ExchangeRequest, TOKEN_EXCHANGE } from './request.ts';
import { checkAccessToken, checkIdToken, type Subject } from './subject.ts';
import { requireTrust, type Trust } from './trust.ts';

const SCOPE = 'openid';

/**
 * Checks the subject token and gives out a token that is bound to the practitioner and to this client, without a refresh
 * token. It grants what the client is registered for. Every exchange is in the trail, a refused one as well.
 */
export async function exchange(
  parts: Parts,
  documents: RemoteDocuments,
  trust: Trust,
  client: Client,
  request: ExchangeRequest,
): Promise<Record<string, unknown>> {
  const { clock, system } = parts;
  const { clientId } = client;
  let subject: Subject;
  try {
    requireTrust(trust);
    if (client.dpopBoundAccessTokens) {
      throw new ExchangeFault(400, 'invalid_request', 'This client gets tokens that are bound to a key only');
    }
    const means = { documents, clock, trust };
    subject =
      request.kind === 'id_token'
        ? await checkIdToken(request.subjectToken, means)
        : await checkAccessToken(request.subjectToken, request.issuer ?? '', means);
  } catch (error) {
    if (error instanceof ExchangeFault) {
      await system('token-exchange', async (sight) => sight.trace({ clientId, outcome: 'refused' }));
    }
    throw error;
  }
  const granted = await system('token-exchange', (sight) => grant(parts, sight, client, subject));
  if (granted instanceof ExchangeFault) throw granted;
  return issue(parts, client, granted);
}

type Granted = Readonly<{ userId: number; grantId: string }>;

/** A refusal is returned, not thrown: its trace stays, and what the subject token was used for is over. */
async function grant(
  { provider, storage, config, clock }: Parts,
  sight: SystemSight,
  client: Client,
  subject: Subject,
): Promise<Granted | ExchangeFault> {
  const { clientId } = client;
  const { issuer, once } = subject;
  const now = clock();
  sight.trace({ clientId, outcome: 'refused', deed: issuer });
  if (once && !(await keepOnce(sight, once.id, now, once.until))) {
    return new ExchangeFault(401, 'invalid_request', 'id_token failed validation: it was used before');
  }
  // A name of the issuer's counts only where the operator linked it on purpose.
  const name = subject.practitionerId ?? subject.sub ?? '';
  const found = await findExchangedPeople(sight, { issuer, subject: name });
  const [person] = found;
  if (!person || found.length > 1) return new ExchangeFault(404, 'invalid_request', 'Practitioner not found');
  const { userId } = person;
  sight.trace({ userId });
  if (!person.isPractitioner)
    return new ExchangeFault(403, 'invalid_request', 'The person is not a practitioner');
  if (!person.active) return new ExchangeFault(403, 'invalid_request', 'The account has been deactivated');
  await touchExternalIdentity(sight, { issuer, subject: name, at: now });
  // The grant is what ends the token early: when the person signs out everywhere, or is deactivated.
  const seconds = accessTokenSeconds(client);
  const given = Object.assign(new provider.Grant({ accountId: String(userId), clientId }), {
    expiresIn: seconds,
  });
  given.addOIDCScope(SCOPE);
  given.addResourceScope(audienceOf(config), [SCOPE, ...scopesOf(client)].join(' '));
  const grantId = await storage.within(sight, () => given.save());
  sight.trace({ outcome: 'ok' });
  return { userId, grantId };
}

async function issue(
  { provider, config }: Parts,
  client: Client,
  { userId, grantId }: Granted,
): Promise<Record<string, unknown>> {
  const audience = audienceOf(config);
  const seconds = accessTokenSeconds(client);
  const token = new provider.AccessToken({
    accountId: String(userId),
    client,
    grantId,
    gty: TOKEN_EXCHANGE,
    scope: SCOPE,
    expiresIn: seconds,
    resourceServer: new provider.ResourceServer(audience, accessTokenInfo(audience, SCOPE, seconds)),
  });
  return {
    access_token: await token.save(),
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: 'Bearer',
    expires_in: seconds,
    scope: SCOPE,
  };
}

/** What an exchanged token grants: it names no records, so what its client is registered for. */
export const scopesOf = (client: Partial<Record<string, unknown>>): string[] =>
  knownScopes(String(client.default_scopes ?? ''));
