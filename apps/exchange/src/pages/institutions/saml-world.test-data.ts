/** A world with two SAML institutions, and the way through one of them. */
import { expect } from 'vitest';
import { type Browser, codeRequest, openWorld } from '../../authorization/world.test-data.ts';
import { type Answer, makeSamlInstitution, type SamlInstitution } from './saml-institution.test-data.ts';

export const north = makeSamlInstitution('north');
export const south = makeSamlInstitution('south');

/** Settings of an institution that vouches for everything it says. */
export const settingsOf = ({ entityId, ssoUrl, certificate }: SamlInstitution, more: object = {}) => ({
  idp: { entity_id: entityId, sso_url: ssoUrl, x509cert: certificate },
  verified_email: true,
  email_authentication: true,
  ...more,
});

const CROSS_SITE = { origin: 'https://north.example.edu', 'sec-fetch-site': 'cross-site' };

export type SamlWorld = Awaited<ReturnType<typeof openSamlWorld>>;

export async function openSamlWorld() {
  const world = await openWorld();
  // The people of the world have ids of their own; who signs up comes after them.
  await world.database.owner.query(
    'alter table app_user alter id restart with 20001; alter table practitioner alter id restart with 90001',
  );

  async function configure(slug: string, settings: object): Promise<void> {
    await world.database.owner.query(
      `insert into identity_provider (kind, slug, name, settings) values ('saml', $1, $2, $3)
       on conflict (slug) do update set settings = excluded.settings, enabled = true`,
      [slug, `University ${slug}`, JSON.stringify(settings)],
    );
  }

  /** From a client's request to the institution's door. */
  async function leave(
    browser: Browser,
    slug = 'north',
    institution = north,
    more: Record<string, string> = {},
  ) {
    const request = codeRequest({ more });
    const start = await browser.go({ url: request.url });
    const page = String(start.headers.location);
    const left = await browser.go({ url: `${page}/saml/${slug}` });
    expect(left.statusCode).toBe(303);
    return { request, page, sent: institution.readRequest(String(left.headers.location)) };
  }

  /** A form that another site sends. */
  const post = (browser: Browser, url: string, form: Record<string, string>) =>
    browser.go({ method: 'POST', url, form, headers: CROSS_SITE });

  /** The whole way; what is answered last, and who is signed in if anybody is. */
  async function signInThrough(answer: Answer, slug = 'north', institution = north) {
    const browser = world.browser();
    const { request, page, sent } = await leave(browser, slug, institution);
    const accepted = await post(browser, sent.acsUrl, await institution.answer(sent, answer));
    if (accepted.statusCode !== 303) return { browser, page, response: accepted, userId: undefined };
    let response = await browser.go({ url: String(accepted.headers.location) });
    for (let steps = 0; response.statusCode === 303 && steps < 5; steps++) {
      const location = String(response.headers.location);
      if (location.startsWith(request.redirectUri)) {
        const tokens = await world.request({
          method: 'POST',
          url: '/o/token/',
          form: {
            grant_type: 'authorization_code',
            code: new URL(location).searchParams.get('code') ?? '',
            redirect_uri: request.redirectUri,
            client_id: request.clientId,
            code_verifier: request.verifier,
          },
        });
        const facts = await world.server.verifyToken(String(tokens.json().access_token));
        return { browser, page, response, userId: facts?.userId };
      }
      response = await browser.go({ url: location });
    }
    return { browser, page, response, userId: undefined };
  }

  const rowOf = async (text: string, values: unknown[] = []) =>
    (await world.database.owner.query(text, values)).rows[0];
  return {
    world,
    configure,
    leave,
    post,
    signInThrough,
    /** Two institutions as they are by default, and no settings of the exchange about them. */
    async reset() {
      await world.database.owner.query("delete from setting where key like 'auth.sso.%'");
      await configure('north', settingsOf(north));
      await configure('south', settingsOf(south));
    },
    set: (key: string, value: unknown) =>
      world.database.owner.query(
        'insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value',
        [key, JSON.stringify(value)],
      ),
    userByEmail: (email: string) =>
      rowOf(
        `select u.id::int, u.email, u.identifier, u.email_verified, u.first_name, u.last_name, u.user_type, u.password_hash,
           u.active, (select count(*)::int from practitioner pr where pr.user_id = u.id) as practitioners
         from app_user u where lower(email) = lower($1)`,
        [email],
      ),
    lastTrace: () =>
      rowOf(
        "select outcome, reason, user_id::int from audit_event where reason like 'sign-in: saml%' order by id desc limit 1",
      ),
  };
}
