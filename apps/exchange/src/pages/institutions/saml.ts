/** SAML 2.0 Web Browser SSO, as a service provider: our request by redirect, the institution's answer by form. */
import { generateServiceProviderMetadata } from '@node-saml/node-saml';
import type { Parts } from '../../authorization/parts.ts';
import { mustProveAgain, type Visit } from '../../authorization/visit.ts';
import type { Config } from '../../config.ts';
import type { IdentityProvider } from '../../domain/identity-provider.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { SamlIdentity } from '../../domain/saml-metadata.ts';
import { findInstitution } from '../../identity/institutions/known.ts';
import {
  newHandle,
  rememberRequest,
  takeAssertionOnce,
  useRequest,
} from '../../identity/institutions/remembered.ts';
import {
  BadAnswer,
  openSaml,
  readAnswer,
  type ServiceProvider,
} from '../../identity/institutions/saml-response.ts';
import { fetchSamlIdentity } from '../../operations/fetch-saml-metadata.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import { sendBack } from './arrive.ts';
import { showNoAnswer } from './refused.ts';

type SamlProvider = Extract<IdentityProvider, { kind: 'saml' }>;

/** Metadata changes when a key does, announced days ahead; a key that is withdrawn must not count for long. */
const FRESH_MS = 60 * 60 * 1000;
const USABLE_MS = 24 * FRESH_MS;
const RETRY_MS = 60 * 1000;

/** Reads each institution's metadata once an hour; while it cannot be reached, what was read counts for a day. */
export function createIdentities(clock: () => Date, { siteUrl }: Pick<Config, 'siteUrl'>) {
  const known = new Map<string, { identity: SamlIdentity; readAt: number; askAt: number }>();
  return async ({ settings }: SamlProvider): Promise<SamlIdentity> => {
    if (!('metadata_url' in settings.idp)) return fetchSamlIdentity(settings, siteUrl);
    const key = JSON.stringify([settings.idp, settings.private_network]);
    const last = known.get(key);
    const now = clock().getTime();
    if (last && now < last.askAt) return last.identity;
    try {
      const identity = await fetchSamlIdentity(settings, siteUrl);
      known.set(key, { identity, readAt: now, askAt: now + FRESH_MS });
      return identity;
    } catch (error) {
      if (!last || now - last.readAt >= USABLE_MS) throw error;
      known.set(key, { ...last, askAt: now + RETRY_MS });
      return last.identity;
    }
  };
}

export type Identities = ReturnType<typeof createIdentities>;

/** Our addresses for one institution; the entity id is the address of our metadata. */
function serviceProviderOf(siteUrl: string, slug: string): ServiceProvider {
  const base = `${siteUrl}/allauth/saml/${slug}`;
  return { entityId: `${base}/metadata/`, acsUrl: `${base}/acs/` };
}

/** `/o/interaction/:uid/saml/:slug`: sends the browser to the institution with a request of this visit. */
export async function leaveForSaml(
  parts: Parts & { identities: Identities },
  ctx: PageContext,
  visit: Visit,
  slug: string,
): Promise<void> {
  const { config, system, clock, log, identities } = parts;
  const institution = await findInstitution(parts, 'saml', slug);
  const handle = newHandle();
  const now = clock();
  // An ID begins with a letter or an underscore (XML Schema, NCName).
  const sent = { requestId: `_${newHandle()}`, issuedAt: now.toISOString(), again: mustProveAgain(visit) };
  let identity: SamlIdentity;
  try {
    identity = await identities(institution);
  } catch (error) {
    log.error({ slug, name: (error as Error).name }, 'the metadata of an identity provider cannot be read');
    return showNoAnswer(ctx, institution.name, 502, 'institution_unreachable', `${config.siteUrl}/`);
  }
  const saml = openSaml(institution.settings, identity, serviceProviderOf(config.siteUrl, slug), sent);
  const address = await saml.getAuthorizeUrlAsync(handle, undefined, {});
  await system('token', (sight) =>
    rememberRequest(sight, handle, { kind: 'saml', uid: visit.uid, slug, ...sent }, now),
  );
  goTo(ctx, address);
}

/** `/allauth/saml/:slug/acs/`: takes the answer that the browser brings, if it answers a request of ours. */
export async function acceptSaml(
  parts: Parts & { identities: Identities },
  ctx: PageContext,
  slug: string,
  form: Form,
): Promise<void> {
  const { config, system, clock, log, identities } = parts;
  const institution = await findInstitution(parts, 'saml', slug);
  const now = clock();
  const handle = form.RelayState ?? '';
  const answer = form.SAMLResponse ?? '';
  // Nothing is parsed that nobody asked for, and a request is answered once, whatever comes of it.
  const sent = await system('token', (sight) => useRequest(sight, handle, 'saml', slug, now));
  if (!sent) {
    const mayStart = !institution.settings.advanced.reject_idp_initiated_sso && !namesRequest(answer);
    if (!mayStart) {
      log.info({ slug, why: 'unsolicited' }, 'an answer of an identity provider was refused');
      return showNoAnswer(ctx, institution.name, 403, 'unsolicited_response', `${config.siteUrl}/`);
    }
    // Who is sent from a portal of the institution asks again from here, and is signed in there already: an answer
    // without a request could have been made for somebody else.
    return goTo(ctx, `/allauth/saml/${slug}/login/`);
  }
  try {
    const identity = await identities(institution);
    const provider = serviceProviderOf(config.siteUrl, slug);
    const saml = openSaml(institution.settings, identity, provider, sent);
    const { assertion, assertionId, validUntil } = await readAnswer(
      saml,
      institution.settings,
      identity,
      provider,
      sent,
      answer,
      now,
    );
    const isFirst = await system('token', (sight) =>
      takeAssertionOnce(sight, assertion.issuer, assertionId, validUntil, now),
    );
    if (!isFirst) throw new BadAnswer('replayed');
    await sendBack(parts, ctx, { uid: sent.uid, slug, kind: 'saml', assertion });
  } catch (error) {
    const why = error instanceof BadAnswer ? error.word : 'institution unreachable';
    log.error({ slug, why }, 'an answer of an identity provider was refused');
    await system('sign-in', async (sight) =>
      sight.trace({ outcome: 'refused', deed: `saml refused: ${why}` }),
    );
    showNoAnswer(ctx, institution.name, 403, `saml_${why.replaceAll(' ', '_')}`, `${config.siteUrl}/`);
  }
}

/** Whether an answer says that it answers a request: then it is not one that began at the institution. */
const namesRequest = (answer: string) => Buffer.from(answer, 'base64').includes('InResponseTo');

/** `/allauth/saml/:slug/metadata/`: what the institution needs to know of us (SAML 2.0 Metadata, section 2.4.4). */
export async function showSamlMetadata(parts: Parts, ctx: PageContext, slug: string): Promise<void> {
  const { settings } = await findInstitution(parts, 'saml', slug);
  const { entityId, acsUrl } = serviceProviderOf(parts.config.siteUrl, slug);
  const { authn_request_signed: isSigned, private_key, x509cert, want_assertion_signed } = settings.advanced;
  const xml = generateServiceProviderMetadata({
    issuer: entityId,
    callbackUrl: acsUrl,
    identifierFormat: null,
    wantAssertionsSigned: want_assertion_signed,
    ...(isSigned && private_key && x509cert ? { privateKey: private_key, publicCerts: x509cert } : {}),
  });
  ctx.set({ 'content-type': 'application/samlmetadata+xml; charset=utf-8', 'cache-control': 'no-store' });
  ctx.body = xml;
}

/** `/allauth/saml/:slug/sls/`: there is no single logout, and saying so is better than half of one. */
export async function refuseSingleLogout(): Promise<void> {
  throw new Refusal(
    'not-found',
    'Single logout is not offered here. Sign out at each place that you signed in to.',
  );
}
