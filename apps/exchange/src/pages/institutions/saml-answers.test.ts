import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SITE } from '../../authorization/world.test-data.ts';
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

describe('answers that are not taken', () => {
  const signature = /<ds:Signature[\s\S]*?<\/ds:Signature>|<Signature[\s\S]*?<\/Signature>/;
  /** The signed assertion goes where nobody looks for it, and a forged one takes its place. */
  const wrap = (hide: (signed: string, response: string) => string) => (xml: string) => {
    const [signed = ''] = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml) ?? [];
    expect(signed).toMatch(signature);
    return hide(signed, xml);
  };
  const forge = (signed: string, id = '_forged') =>
    signed
      .replace(signature, '')
      .replace(/ID="[^"]*"/, `ID="${id}"`)
      .replace('>u-1<', '>victim<')
      .replace('u1@', 'rivera@');

  const BAD: [name: string, answer: Answer, why: string][] = [
    ['for another audience', { audience: 'https://elsewhere.example.org/' }, 'audience'],
    ['that has expired', { validSeconds: -120 }, 'expired'],
    ['from the future', { validSeconds: 900 }, 'not yet valid'],
    ['signed with another key', { wrongKey: true }, 'signature'],
    ['that is not signed', { unsigned: true }, 'signature'],
    ['signed as a whole only, where the assertion must be', { signResponse: true }, 'signature'],
    ['signed with SHA-1', { sha1: true }, 'algorithm'],
    ['for another recipient', { recipient: 'https://elsewhere.example.org/acs/' }, 'recipient'],
    ['with another destination', { destination: 'https://elsewhere.example.org/acs/' }, 'destination'],
    ['of another issuer', { issuer: south.entityId }, 'issuer'],
    ['to an unknown request', { inResponseTo: '_unknown' }, 'in response to'],
    ['to no request', { inResponseTo: '' }, 'in response to'],
    [
      'whose assertion answers another request',
      { before: (xml) => xml.replace(/(SubjectConfirmationData [^>]*InResponseTo=")[^"]*/, '$1_other') },
      'in response to',
    ],
    [
      'whose assertion answers no request',
      { before: (xml) => xml.replace(/(SubjectConfirmationData [^>]*) InResponseTo="[^"]*"/, '$1') },
      'in response to',
    ],
    [
      'without conditions',
      { before: (xml) => xml.replace(/<saml:Conditions[\s\S]*<\/saml:Conditions>/, '') },
      'audience',
    ],
    ['changed after signing', { after: (xml) => xml.replace('>u-1<', '>u-2<') }, 'signature'],
    ['with a comment in the name', { nameId: 'rivera@example.org<!---->.evil.com' }, 'odd xml'],
    [
      'with a comment added after signing',
      { after: (xml) => xml.replace('>u-1<', '>u<!---->-1<') },
      'odd xml',
    ],
    ['with CDATA', { nameId: '<![CDATA[u-1]]>' }, 'odd xml'],
    ['with a document type', { after: (xml) => `<!DOCTYPE x [<!ENTITY a "b">]>${xml}` }, 'odd xml'],
    [
      'with the signed assertion moved into an extension and a forged one in its place',
      {
        after: wrap((signed, xml) =>
          xml
            .replace(signed, forge(signed))
            .replace('<samlp:Status>', `<samlp:Extensions>${signed}</samlp:Extensions><samlp:Status>`),
        ),
      },
      'signature',
    ],
    [
      'with a forged assertion of the same id',
      {
        after: wrap((signed, xml) => {
          const id = /ID="([^"]*)"/.exec(signed)?.[1] ?? '';
          return xml
            .replace(signed, forge(signed, id))
            .replace('<samlp:Status>', `<samlp:Extensions>${signed}</samlp:Extensions><samlp:Status>`);
        }),
      },
      'signature',
    ],
    [
      'with a forged assertion before the signed one',
      { after: wrap((signed, xml) => xml.replace(signed, forge(signed) + signed)) },
      'several assertions',
    ],
    [
      'with a forged assertion after the signed one',
      { after: wrap((signed, xml) => xml.replace(signed, signed + forge(signed))) },
      'several assertions',
    ],
    [
      'with the signed assertion inside of the forged one',
      {
        after: wrap((signed, xml) =>
          xml.replace(
            signed,
            forge(signed).replace('</saml:Subject>', `</saml:Subject><saml:Advice>${signed}</saml:Advice>`),
          ),
        ),
      },
      'signature',
    ],
    [
      'with the signature of the assertion taken over by a forged one that holds it',
      {
        after: wrap((signed, xml) => {
          const [taken = ''] = signature.exec(signed) ?? [];
          const original = signed.replace(taken, '');
          const kept = taken.replace(
            /<\/(ds:)?Signature>$/,
            `<$1Object>${original}</$1Object></$1Signature>`,
          );
          return xml.replace(signed, forge(signed).replace('</saml:Issuer>', `</saml:Issuer>${kept}`));
        }),
      },
      'signature',
    ],
    ['that is no XML', { after: () => 'hello' }, 'malformed'],
    [
      'that says no',
      {
        after: (xml) =>
          xml
            .replace(/<saml:Assertion[\s\S]*<\/saml:Assertion>/, '')
            .replace('status:Success', 'status:Requester'),
      },
      'the institution said no',
    ],
  ];
  it.each(BAD)('%s', async (_name, answer, why) => {
    const attributes = { mail: 'u1@example.org' };
    const { response, userId } = await saml.signInThrough({ attributes, ...answer });
    expect(userId).toBeUndefined();
    expect(response.statusCode).toBe(403);
    expect(/<p class="code">(.*)<\/p>/.exec(response.body)?.[1]).toBe(`saml_${why.replaceAll(' ', '_')}`);
    expect(await saml.lastTrace()).toMatchObject({
      outcome: 'refused',
      reason: `sign-in: saml refused: ${why}`,
    });
    expect(await saml.userByEmail('u1@example.org')).toBeUndefined();
  });

  it('takes a response signed as a whole where the settings allow it, and still none that is not signed', async () => {
    await saml.configure('north', settingsOf(north, { advanced: { want_assertion_signed: false } }));
    const attributes = { mail: 'whole@example.edu' };
    const good = await saml.signInThrough({ nameId: 'whole', attributes, signResponse: true });
    expect(good.userId).toBeDefined();
    const bad = await saml.signInThrough({ nameId: 'whole', attributes, unsigned: true });
    expect([bad.userId, bad.response.statusCode]).toEqual([undefined, 403]);
  });

  it('takes an answer once', async () => {
    const browser = world.browser();
    const { sent } = await saml.leave(browser);
    const form = await north.answer(sent, { nameId: 'once', attributes: { mail: 'once@example.edu' } });
    expect((await saml.post(browser, sent.acsUrl, form)).statusCode).toBe(303);
    const again = await saml.post(browser, sent.acsUrl, form);
    expect(again.statusCode).toBe(403);
    expect(again.body).toContain('unsolicited_response');
  });

  it('takes an assertion once, also for another request', async () => {
    const assertionId = '_the-same';
    const first = await saml.signInThrough({
      nameId: 'r',
      assertionId,
      attributes: { mail: 'r@example.edu' },
    });
    expect(first.userId).toBeDefined();
    const second = await saml.signInThrough({
      nameId: 'r',
      assertionId,
      attributes: { mail: 'r@example.edu' },
    });
    expect(second.userId).toBeUndefined();
    expect(second.response.body).toContain('saml_replayed');
  });

  it('refuses what one institution says at the door of another', async () => {
    const browser = world.browser();
    const { sent } = await saml.leave(browser, 'south', south);
    const answer = await north.answer(sent, { attributes: { mail: 'u1@example.org' } });
    const there = await saml.post(browser, `${SITE}/allauth/saml/south/acs/`, answer);
    expect(there.body).toContain('saml_signature');
    const { sent: other } = await saml.leave(browser, 'north', north);
    const mixed = await saml.post(browser, `${SITE}/allauth/saml/south/acs/`, await north.answer(other));
    expect(mixed.body).toContain('unsolicited_response');
  });

  it('lets only the browser that set out come back', async () => {
    const victim = world.browser();
    const { sent } = await saml.leave(world.browser());
    const accepted = await saml.post(
      victim,
      sent.acsUrl,
      await north.answer(sent, { attributes: { mail: 'v@example.edu' } }),
    );
    const landed = await victim.go({ url: String(accepted.headers.location) });
    expect(landed.statusCode).toBe(400);
    expect(landed.body).toContain('This page has expired');
    expect(await saml.userByEmail('v@example.edu')).toBeUndefined();
  });

  it('lets nobody use a ticket twice, late, or in another visit', async () => {
    const browser = world.browser();
    const arriveAt = async () => {
      const { sent, page } = await saml.leave(browser);
      const accepted = await saml.post(
        browser,
        sent.acsUrl,
        await north.answer(sent, { nameId: 't', attributes: { mail: 't@example.edu' } }),
      );
      return { url: String(accepted.headers.location), page };
    };
    const { page } = await saml.leave(browser);
    const used = await arriveAt();
    const ticket = new URL(used.url, SITE).searchParams.get('ticket');
    expect((await browser.go({ url: `${page}/external?ticket=${ticket}` })).statusCode).toBe(410);
    expect((await browser.go({ url: used.url })).statusCode).toBe(303);
    expect((await browser.go({ url: used.url })).statusCode).toBe(410);
    const late = await arriveAt();
    world.setClock(new Date(Date.now() + 121_000));
    try {
      expect((await browser.go({ url: late.url })).statusCode).toBe(410);
    } finally {
      world.setClock(null);
    }
  });

  it('refuses answers that nobody asked for, and starts over where they are allowed', async () => {
    const unasked = {
      id: '',
      acsUrl: `${SITE}/allauth/saml/north/acs/`,
      issuer: `${SITE}/allauth/saml/north/metadata/`,
      relayState: '',
      xml: '',
    };
    const form = await north.answer(unasked, { inResponseTo: '', attributes: { mail: 'u1@example.org' } });
    const refused = await saml.post(world.browser(), unasked.acsUrl, form);
    expect(refused.statusCode).toBe(403);
    expect(refused.body).toContain('unsolicited_response');
    await saml.configure('north', settingsOf(north, { advanced: { reject_idp_initiated_sso: false } }));
    const restarted = await saml.post(world.browser(), unasked.acsUrl, form);
    expect(restarted.headers.location).toBe('/allauth/saml/north/login/');
    // An answer that lost its RelayState would go round in circles.
    const lost = await north.answer(unasked, { inResponseTo: '_gone' });
    expect((await saml.post(world.browser(), unasked.acsUrl, lost)).statusCode).toBe(403);
  });

  it('refuses what is disabled or unknown', async () => {
    const browser = world.browser();
    const { page, sent } = await saml.leave(browser);
    await world.database.owner.query("update identity_provider set enabled = false where slug = 'north'");
    expect((await browser.go({ url: `${page}/saml/north` })).statusCode).toBe(404);
    expect((await browser.go({ url: `${page}/saml/nowhere` })).statusCode).toBe(404);
    expect((await saml.post(browser, sent.acsUrl, await north.answer(sent))).statusCode).toBe(404);
    expect((await browser.go({ url: '/allauth/saml/north/metadata/' })).statusCode).toBe(404);
  });
});
