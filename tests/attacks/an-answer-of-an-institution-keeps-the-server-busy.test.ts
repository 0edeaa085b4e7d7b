/**
 * The attack: without any account, somebody begins to sign in with an institution and posts an answer of their own. 160 KiB
 * with 40,000 empty elements kept the whole server busy for 48 s before the signature was found missing, and 256 KiB of
 * the beginning of one element for 8 s. Metadata with 400 KB of comments that do not end took 29 s, every time.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSamlMetadata } from '../../apps/exchange/src/domain/saml-metadata.ts';
import {
  north,
  openSamlWorld,
  type SamlWorld,
} from '../../apps/exchange/src/pages/institutions/saml-world.test-data.ts';

let saml: SamlWorld;
beforeAll(async () => {
  saml = await openSamlWorld();
});
afterAll(() => saml?.world.close());

it.each([
  ['many elements', '<a/>'.repeat(40_000)],
  ['many beginnings of one', '<samlp:Response'.repeat(12_000)],
])('an answer of %s is refused before it is read', async (_name, text) => {
  await saml.reset();
  const answer = { after: (xml: string) => xml.replace('<samlp:Status>', `${text}<samlp:Status>`) };
  const { response, userId } = await saml.signInThrough(answer);
  expect(response.statusCode).toBe(403);
  expect(response.body).toContain('saml_too_long');
  expect(userId).toBeUndefined();
});

it('an answer with hundreds of groups is still taken', async () => {
  await saml.reset();
  // Known by their institution, so that nobody has to be told more.
  const groups = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`urn:group:${n}`, 'member']));
  const { response } = await saml.signInThrough({ attributes: { email: 'u1@north.example.edu', ...groups } });
  expect(response.body).not.toContain('saml_');
});

it('metadata whose comments do not end is refused', () => {
  const good = north.metadata();
  expect(() => readSamlMetadata(good + '<!--'.repeat(500_000))).toThrow('a comment without an end');
  expect(readSamlMetadata(good.replace('>', '><!-- <a> --><!---->')).entityId).toBe(north.entityId);
});
