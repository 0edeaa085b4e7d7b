import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeRequest, SITE } from '../../authorization/world.test-data.ts';
import type { Answer } from './saml-institution.test-data.ts';
import { north, openSamlWorld, type SamlWorld, settingsOf, south } from './saml-world.test-data.ts';

let saml: SamlWorld;
let world: SamlWorld['world'];
beforeAll(async () => {
  saml = await openSamlWorld();
  world = saml.world;
});
afterAll(() => world?.close());
beforeEach(() => saml.reset());

describe('who comes in', () => {
  it('signs up somebody new as a practitioner, and knows them the next time, whatever their address is then', async () => {
    const first = await saml.signInThrough({
      nameId: 'new-1',
      attributes: { mail: 'New.Person@example.edu', givenName: 'Nia', sn: 'Person' },
    });
    const person = await saml.userByEmail('new.person@example.edu');
    expect(person).toMatchObject({
      identifier: '',
      email_verified: true,
      first_name: 'Nia',
      last_name: 'Person',
      user_type: 'practitioner',
      password_hash: null,
      practitioners: 1,
    });
    expect(first.userId).toBe(person.id);
    const again = await saml.signInThrough({ nameId: 'new-1', attributes: { mail: 'rivera@example.org' } });
    expect(again.userId).toBe(person.id);
    const noMail = await saml.signInThrough({ nameId: 'new-1' });
    expect(noMail.userId).toBe(person.id);
  });

  it('finds a practitioner by the address that both have proved, and leaves the password alone', async () => {
    const before = await saml.userByEmail('rivera@example.org');
    const { userId } = await saml.signInThrough({
      nameId: 'riv',
      attributes: { mail: 'rivera@example.org', givenName: 'Other', sn: 'Name' },
    });
    expect(userId).toBe(10_001);
    expect(await saml.userByEmail('rivera@example.org')).toEqual(before);
    const { rows } = await world.database.owner.query(
      "select user_id::int, kind, issuer from external_identity where subject = 'riv'",
    );
    expect(rows).toEqual([{ user_id: 10_001, kind: 'saml', issuer: north.entityId }]);
    expect(await saml.lastTrace()).toMatchObject({ outcome: 'ok', user_id: 10_001 });
  });

  it('takes the same name at two institutions for two people', async () => {
    const one = await saml.signInThrough({ nameId: 'same', attributes: { mail: 'one@example.edu' } });
    const two = await saml.signInThrough(
      { nameId: 'same', attributes: { mail: 'two@example.edu' } },
      'south',
      south,
    );
    expect(one.userId).toBeDefined();
    expect(two.userId).toBeDefined();
    expect(two.userId).not.toBe(one.userId);
  });

  it('reads the attributes that the settings name', async () => {
    const attribute_mapping = {
      uid: 'eppn',
      email: 'workMail',
      first_name: 'vorname',
      last_name: 'nachname',
    };
    await saml.configure('north', settingsOf(north, { attribute_mapping }));
    const attributes = {
      eppn: 'mapped-1',
      workMail: 'mapped@example.edu',
      mail: 'wrong@example.edu',
      vorname: 'Mo',
    };
    const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
    const { userId } = await saml.signInThrough({ nameId: 'x1', nameIdFormat: transient, attributes });
    expect(await saml.userByEmail('mapped@example.edu')).toMatchObject({
      id: userId,
      identifier: '',
      first_name: 'Mo',
    });
  });

  const REFUSED: [name: string, answer: Answer, settings: object, why: string][] = [
    ['a patient', { attributes: { mail: 'ada@example.org' } }, {}, 'patient'],
    ['a deactivated person', { attributes: { mail: 'gone@example.org' } }, {}, 'inactive'],
    ['an administrator by address alone', { attributes: { mail: 'root@example.org' } }, {}, 'superuser'],
    [
      'an address without proof',
      { attributes: { mail: 'x@example.edu' } },
      { verified_email: false },
      'e-mail not verified',
    ],
    [
      'a known address where that is not allowed',
      { attributes: { mail: 'Rivera@example.org' } },
      { email_authentication: false },
      'e-mail not linkable',
    ],
    [
      'another domain of the institution',
      { attributes: { mail: 'x@other.edu' } },
      { valid_domains: ['@Example.edu'] },
      'domain',
    ],
    [
      'a known address outside of what the institution may vouch for',
      { attributes: { mail: 'rivera@example.org' } },
      { valid_domains: ['example.edu'] },
      'domain',
    ],
  ];
  it.each(REFUSED)('refuses %s', async (_name, answer, settings, why) => {
    await saml.configure('north', settingsOf(north, settings));
    const { rows: before } = await world.database.owner.query('select count(*) from app_user');
    const { response, userId, page } = await saml.signInThrough({ nameId: 'never-seen', ...answer });
    expect(userId).toBeUndefined();
    expect(response.statusCode).toBe(403);
    expect(response.body).toContain('Sign Up Closed');
    expect(response.body).toContain(`href="${new URL(page, SITE).pathname}"`);
    expect(await saml.lastTrace()).toMatchObject({
      outcome: 'refused',
      reason: `sign-in: saml refused: ${why}`,
    });
    expect((await world.database.owner.query('select count(*) from app_user')).rows).toEqual(before);
    const { rows } = await world.database.owner.query(
      "select 1 from external_identity where subject = 'never-seen'",
    );
    expect(rows).toEqual([]);
  });

  it('says the same of everybody whom it refuses', async () => {
    const pages = await Promise.all(
      ['ada@example.org', 'gone@example.org', 'root@example.org'].map(async (mail) => {
        const { response, page } = await saml.signInThrough({ nameId: 'n', attributes: { mail } });
        return response.body.replaceAll(new URL(page, SITE).pathname, 'page');
      }),
    );
    expect(new Set(pages).size).toBe(1);
  });

  it('refuses somebody new without an address', async () => {
    const { response } = await saml.signInThrough({ nameId: 'no-mail' });
    expect(response.statusCode).toBe(403);
    expect(response.body).toContain('An e-mail address is missing');
  });

  it('refuses a linked person who was deactivated since', async () => {
    const { userId } = await saml.signInThrough({
      nameId: 'leaver',
      attributes: { mail: 'leaver@example.edu' },
    });
    await world.database.owner.query('update app_user set active = false where id = $1', [userId]);
    const later = await saml.signInThrough({ nameId: 'leaver', attributes: { mail: 'leaver@example.edu' } });
    expect([later.userId, later.response.statusCode]).toEqual([undefined, 403]);
  });

  const DOMAINS: [list: string, email: string, comesIn: boolean][] = [
    ['', 'a1@anywhere.net', true],
    ['@Example.EDU, other.org', 'a2@EXAMPLE.edu', true],
    ['example.edu,@other.org', 'a3@other.org', true],
    ['example.edu', 'a4@sub.example.edu', false],
    ['example.edu', 'a5@notexample.edu', false],
    ['example.edu', 'a6@example.edu.evil.com', false],
  ];
  it.each(DOMAINS)(
    'with valid domains "%s" somebody new at %s comes in: %s',
    async (list, email, comesIn) => {
      await saml.set('auth.sso.valid_domains', list);
      const { userId } = await saml.signInThrough({ nameId: email, attributes: { mail: email } });
      expect(userId !== undefined).toBe(comesIn);
    },
  );

  it('asks for the domain at the first time only', async () => {
    await saml.signInThrough({ nameId: 'early', attributes: { mail: 'early@old.edu' } });
    await saml.set('auth.sso.valid_domains', 'new.edu');
    expect(
      (await saml.signInThrough({ nameId: 'early', attributes: { mail: 'early@old.edu' } })).userId,
    ).toBeDefined();
    expect(
      (await saml.signInThrough({ nameId: 'late', attributes: { mail: 'late@old.edu' } })).userId,
    ).toBeUndefined();
  });
});

it('asks again who somebody is where the client wants that, and takes no older proof', async () => {
  const proveAgain = async (signedInSeconds: number) => {
    const browser = world.browser();
    const { sent } = await saml.leave(browser, 'north', north, { prompt: 'login' });
    expect(sent.xml).toContain('ForceAuthn="true"');
    const attributes = { mail: 'again@example.edu' };
    return saml.post(
      browser,
      sent.acsUrl,
      await north.answer(sent, { nameId: 'again', attributes, signedInSeconds }),
    );
  };
  expect((await proveAgain(0)).statusCode).toBe(303);
  const old = await proveAgain(3600);
  expect(old.body).toContain('saml_not_signed_in_again');
  const plain = await saml.leave(world.browser());
  expect(plain.sent.xml).not.toContain('ForceAuthn');
});

it('gives somebody new the memberships that new practitioners get', async () => {
  await world.database.owner.query(
    "insert into organization (id, name, type, part_of) values (29001, 'Clinic', 'prov', 0)",
  );
  await saml.set('auth.default_orgs', '29001:member');
  const { userId } = await saml.signInThrough({
    nameId: 'member',
    attributes: { mail: 'member@example.edu' },
  });
  const { rows } = await world.database.owner.query(
    'select m.organization_id::int, m.role from membership m join practitioner p on p.id = m.practitioner_id where p.user_id = $1',
    [userId],
  );
  expect(rows).toEqual([{ organization_id: 29_001, role: 'member' }]);
});

describe('addresses', () => {
  it('describes itself to the institution', async () => {
    const { statusCode, headers, body } = await world.request({ url: '/allauth/saml/north/metadata/' });
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toContain('application/samlmetadata+xml');
    expect(body).toContain(`entityID="${SITE}/allauth/saml/north/metadata/"`);
    expect(body).toContain(`Location="${SITE}/allauth/saml/north/acs/"`);
    expect(body).toContain('WantAssertionsSigned="true"');
  });

  it('takes answers of up to 256 KiB', async () => {
    const attributes = { mail: 'big@example.edu', groups: 'g'.repeat(100_000) };
    expect((await saml.signInThrough({ nameId: 'big', attributes })).userId).toBeDefined();
    const huge = { mail: 'big@example.edu', groups: 'g'.repeat(200_000) };
    expect((await saml.signInThrough({ nameId: 'big', attributes: huge })).response.statusCode).toBe(413);
  });

  it('signs its requests with the key of the settings', async () => {
    const { makeKeyPair } = await import('./certificate.test-data.ts');
    const { privateKey, certificate } = makeKeyPair('exchange');
    const advanced = { authn_request_signed: true, private_key: privateKey, x509cert: certificate };
    await saml.configure('north', settingsOf(north, { advanced }));
    const browser = world.browser();
    const start = await browser.go({ url: codeRequest().url });
    const left = await browser.go({ url: `${start.headers.location}/saml/north` });
    const { verify } = await import('node:crypto');
    const query = new URL(String(left.headers.location)).search.slice(1);
    const [signed = '', encoded = ''] = query.split('&Signature=');
    expect(
      verify('sha256', Buffer.from(signed), certificate, Buffer.from(decodeURIComponent(encoded), 'base64')),
    ).toBe(true);
    expect((await world.request({ url: '/allauth/saml/north/metadata/' })).body).toContain('X509Certificate');
  });

  it('says that there is no single logout', async () => {
    expect((await world.request({ url: '/allauth/saml/north/sls/' })).statusCode).toBe(404);
    expect(
      (await world.request({ method: 'POST', url: '/allauth/saml/north/sls/', form: {} })).statusCode,
    ).toBe(404);
  });

  it('shows a button for each institution while the setting is on', async () => {
    const look = async () => {
      const browser = world.browser();
      const start = await browser.go({ url: codeRequest().url });
      return (await browser.go({ url: String(start.headers.location) })).body;
    };
    expect(await look()).not.toContain('Continue with');
    await saml.set('auth.sso.saml2', 1);
    const page = await look();
    expect(page).toMatch(/href="\/o\/interaction\/[^"]*\/saml\/north"[^>]*>Continue with University north</);
    expect(page).toContain('Continue with University south');
    await world.database.owner.query("update identity_provider set enabled = false where slug = 'south'");
    expect(await look()).not.toContain('University south');
  });

  it('goes straight on to the institution from a link elsewhere, once, and ends where the link says', async () => {
    const browser = world.browser();
    const follow = async (url: string, stop: RegExp) => {
      let location = url;
      for (let steps = 0; !stop.test(location) && steps < 8; steps++) {
        location = String((await browser.go({ url: location })).headers.location);
      }
      return location;
    };
    const door = await follow('/allauth/saml/north/login/?next=/some/place', /^https:/);
    const sent = north.readRequest(door);
    const form = await north.answer(sent, { nameId: 'link', attributes: { mail: 'link@example.edu' } });
    const accepted = await saml.post(browser, sent.acsUrl, form);
    expect(await follow(String(accepted.headers.location), /\/some\/place$/)).toMatch(
      /^(http:\/\/localhost:8000)?\/some\/place$/,
    );
  });

  it('sends a sign-in on once only, and to no other site', async () => {
    const browser = world.browser();
    await browser.go({ url: '/allauth/saml/north/login/' });
    const start = await browser.go({ url: codeRequest().url });
    const onward = await browser.go({ url: String(start.headers.location) });
    expect(String(onward.headers.location)).toMatch(/\/o\/interaction\/[^/]+\/saml\/north$/);
    expect((await browser.go({ url: String(start.headers.location) })).statusCode).toBe(200);
    const astray = await world.browser().go({ url: '/allauth/saml/north/login/?next=https://evil.example' });
    expect(astray.headers.location).toBe('/accounts/login/?next=%2F');
  });

  it('reads metadata that it fetches, and lives through an hour without it', async () => {
    let body = north.metadata();
    const federation = createServer((_request, response) => response.writeHead(body ? 200 : 503).end(body));
    federation.listen(0, 'localhost');
    await once(federation, 'listening');
    const metadata_url = `http://localhost:${(federation.address() as AddressInfo).port}/`;
    await saml.configure('north', settingsOf(north, { idp: { metadata_url, entity_id: north.entityId } }));
    const ask = async () => {
      const browser = world.browser();
      const start = await browser.go({ url: codeRequest().url });
      return (await browser.go({ url: `${start.headers.location}/saml/north` })).statusCode;
    };
    const later = (hours: number) => world.setClock(new Date(Date.now() + hours * 3_600_000));
    try {
      const attributes = { mail: 'meta@example.edu' };
      expect((await saml.signInThrough({ nameId: 'meta', attributes })).userId).toBeDefined();
      body = '';
      later(2);
      expect(await ask()).toBe(303);
      later(25);
      expect(await ask()).toBe(502);
      // Metadata that has become somebody else's does not speak for this institution.
      body = south.metadata();
      expect(await ask()).toBe(502);
    } finally {
      world.setClock(null);
      federation.closeAllConnections();
      federation.close();
    }
  });
});
