/**
 * The attack: somebody has a person's mailbox, or their password, or their account at an institution, but not their
 * authenticator. Whichever way they come, they are not in before a code of it: a mailed code alone opened the account in
 * a version in which one line was missing, and no test saw it.
 */
import { randomBytes } from 'node:crypto';
import { generate } from 'otplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Browser,
  codeRequest,
  openWorld,
  PASSWORD,
  type World,
} from '../../apps/exchange/src/authorization/world.test-data.ts';
import { rememberTicket } from '../../apps/exchange/src/identity/institutions/remembered.ts';
import { mailTo, setSetting } from '../../apps/exchange/src/pages/accounts/visitor.test-data.ts';
import {
  confirmAuthenticator,
  offerAuthenticator,
} from '../../apps/exchange/src/store/oauth-authenticators.ts';
import { addIdentityProvider } from '../../apps/exchange/src/store/oauth-identity-providers.ts';

const RIVERA = { userId: 10_001, email: 'rivera@example.org' };
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  // Codes by mail are for people of these apps who are patients.
  await setSetting(world, 'auth.patient_access_clients', ['app']);
  await world.system('account', async (sight) => {
    await addIdentityProvider(sight, {
      kind: 'oidc',
      slug: 'north',
      name: 'North',
      settings: { issuer: 'https://north.example.org', client_id: 'us', client_secret: 'x' },
    });
  });
  await world.database.owner.query(
    "insert into external_identity (user_id, kind, issuer, subject) values (10001, 'oidc', 'https://north.example.org', 'luz')",
  );
});
afterAll(() => world?.close());
beforeEach(async () => {
  await world.database.owner.query(
    `delete from authenticator; delete from sign_in_attempt;
     update app_user set user_type = 'practitioner', email_verified = true where id = 10001`,
  );
  await world.system('account', async (sight) => {
    await offerAuthenticator(sight, RIVERA.userId, SECRET);
    await confirmAuthenticator(sight, { userId: RIVERA.userId, secret: SECRET, step: 1, at: new Date() });
  });
});

type Begun = Readonly<{ browser: Browser; start: string }>;

/** Ways to show one factor, each up to the answer that follows it. */
const WAYS: Readonly<Record<string, (begun: Begun) => ReturnType<Browser['go']>>> = {
  'a password': ({ browser, start }) =>
    browser.go({ method: 'POST', url: start, form: { email: RIVERA.email, password: PASSWORD } }),

  async 'a code from the mail'({ browser, start }) {
    await world.database.owner.query("update app_user set user_type = 'patient' where id = 10001");
    await browser.go({ method: 'POST', url: `${start}/email`, form: { email: RIVERA.email } });
    const code = /\n {4}(\S+)\n/.exec((await mailTo(world, RIVERA.email)).at(-1)?.body ?? '')?.[1] ?? '';
    expect(code).toMatch(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
    return browser.go({ method: 'POST', url: `${start}/code`, form: { code } });
  },

  async 'an institution'({ browser, start }) {
    const handle = randomBytes(32).toString('base64url');
    const uid = start.split('/').at(-1) ?? '';
    await world.system('token', (sight) =>
      rememberTicket(
        sight,
        handle,
        {
          uid,
          slug: 'north',
          kind: 'oidc',
          assertion: {
            issuer: 'https://north.example.org',
            subject: 'luz',
            email: RIVERA.email,
            emailVerified: true,
            firstName: 'Luz',
            lastName: 'Rivera',
          },
        },
        new Date(),
      ),
    );
    return browser.go({ url: `${start}/external?ticket=${handle}` });
  },
};

describe.each(Object.entries(WAYS))('by %s', (_name, show) => {
  async function begin(): Promise<Begun> {
    const browser = world.browser();
    const begun = await browser.go({ url: codeRequest({ clientId: 'app', scope: 'openid' }).url });
    return { browser, start: String(begun.headers.location) };
  }

  it('one is not in, and cannot go round the question', async () => {
    const begun = await begin();
    const { browser, start } = begun;
    const answer = await show(begun);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `${start}/second-factor`]);
    // Where the browser would be sent had it been in.
    const resumed = await browser.go({ url: start.replace('/interaction/', '/authorize/') });
    expect(String(resumed.headers.location ?? '')).not.toContain('code=');
    const wrong = await browser.go({
      method: 'POST',
      url: `${start}/second-factor`,
      form: { code: '000000' },
    });
    expect(wrong.statusCode).toBe(400);
    // Nobody is signed in: the account pages send to the sign-in.
    const account = await browser.go({ url: '/accounts/security/' });
    expect(String(account.headers.location)).toContain('/accounts/login/');
  });

  it('one is in with a code of the authenticator', async () => {
    const begun = await begin();
    await show(begun);
    const code = await generate({ secret: SECRET });
    const answer = await begun.browser.go({
      method: 'POST',
      url: `${begun.start}/second-factor`,
      form: { code },
    });
    await begun.browser.go({ url: String(answer.headers.location) });
    expect((await begun.browser.go({ url: '/accounts/security/' })).statusCode).toBe(200);
  });
});
