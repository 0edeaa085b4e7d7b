/**
 * The attack: put one entry into a batch that the database refuses. The same identifier twice, a NUL or 12,000
 * characters made the whole batch fail, for every client that had its readings in it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, glucose } from '../../apps/exchange/src/fhir/reading.test-data.ts';
import { openTestExchange, type TestExchange } from '../setup/exchange.ts';
import { mintToken } from '../setup/tokens.ts';
import { fillTwoOrganizations, patients, users } from '../worlds/two-organizations.ts';

let exchange: TestExchange;
let ada: string;

beforeAll(async () => {
  exchange = await openTestExchange();
  await fillTwoOrganizations(exchange.database.owner);
  ada = await mintToken(exchange, { userId: users.ada, clientId: 'glucose-app' });
});
afterAll(() => exchange?.close());

const good = () => glucose({ patientId: patients.ada });
const long = 'x'.repeat(12_000);
/** What no compression makes short. */
const mixed = Array.from({ length: 12_000 }, (_, n) =>
  String.fromCodePoint(0x4e00 + ((n * n * 7919) % 20_000)),
).join('');
const coded = (system: string, code: string) => ({ ...good(), code: { coding: [{ system, code }] } });
const identified = (...identifier: { system?: string; value: string }[]) => ({ ...good(), identifier });
const twice = { system: 'urn:app', value: 'twice' };

const ENTRIES: [string, () => object, string, RegExp][] = [
  ['the same identifier twice', () => identified(twice, twice), '409', /identifier\[1\]/],
  [
    'NUL in an identifier',
    () => identified({ system: 'urn:app', value: 'a\0b' }),
    '400',
    /identifier\[0\]\.value/,
  ],
  ['NUL in a system', () => identified({ system: 'urn:\0', value: 'a' }), '400', /identifier\[0\]\.system/],
  [
    'half a character in an identifier',
    () => identified({ system: 'urn:app', value: '\ud83d' }),
    '400',
    /identifier\[0\]\.value/,
  ],
  [
    'a long identifier',
    () => identified({ system: 'urn:app', value: long }),
    '400',
    /identifier\[0\]\.value/,
  ],
  [
    'a long identifier of many characters',
    () => identified({ system: 'urn:app', value: mixed }),
    '400',
    /identifier\[0\]\.value/,
  ],
  [
    'a long system',
    () => identified({ system: `urn:${long}`, value: 'a' }),
    '400',
    /identifier\[0\]\.system/,
  ],
  [
    'very many identifiers',
    () => identified(...Array.from({ length: 3000 }, (_, n) => ({ system: 'urn:app', value: `m${n}` }))),
    '400',
    /Observation\.identifier/,
  ],
  ['NUL in a code', () => coded('urn:x', 'a\0b'), '400', /code\.coding\[0\]\.code/],
  ['a long code', () => coded('urn:x', long), '400', /code\.coding\[0\]\.code/],
  ['a long system of a code', () => coded(`urn:${long}`, 'x'), '400', /code\.coding\[0\]\.system/],
  [
    'a subject with NUL',
    () => ({ ...good(), subject: { reference: 'Patient/\0' } }),
    '400',
    /Observation\.subject/,
  ],
  [
    'a data point that is too large',
    () =>
      glucose({
        patientId: patients.ada,
        text: (json) => json.replace('{"header"', `{"note":"${long.repeat(6)}","header"`),
      }),
    '413',
    /Attachment/,
  ],
  [
    'a value that is no number any more',
    () => glucose({ patientId: patients.ada, text: (json) => json.replace('"value":100', '"value":1e999') }),
    '422',
    /blood_glucose\.value/,
  ],
  [
    'a year before all others',
    () => glucose({ patientId: patients.ada, at: '0000-01-01T00:00:00Z' }),
    '422',
    /date_time/,
  ],
  ['an entry that is nothing', () => null as never, '400', /entry/],
];

type Entry = {
  response: { status: string; outcome?: { issue: { expression?: string[]; diagnostics: string }[] } };
};

test('each is refused in its place and names its member; all others are stored', async () => {
  const goods = ENTRIES.map(good);
  const resources = ENTRIES.flatMap(([, make], n) => [goods[n]!, make()]);
  const body = bundle(...resources);
  body.entry[resources.length - 1] = null as never;
  const reply = await exchange.request('POST', '/FHIR/R5', { token: ada, body });
  expect(reply.statusCode, reply.body.slice(0, 500)).toBe(200);
  const { entry } = reply.json<{ entry: Entry[] }>();
  expect(entry.filter((_, n) => n % 2 === 0).map(({ response }) => response.status)).toEqual(
    goods.map(() => '201 Created'),
  );
  for (const [n, [name, , status, member]] of ENTRIES.entries()) {
    const { response } = entry[2 * n + 1]!;
    const issue = response.outcome?.issue[0];
    expect(response.status.slice(0, 3), `${name}: ${issue?.diagnostics.slice(0, 300)}`).toBe(status);
    expect(`${issue?.expression?.join()} ${issue?.diagnostics}`, name).toMatch(member);
    expect(issue?.diagnostics.length, name).toBeLessThan(1000);
  }
  const again = await exchange.request('POST', '/FHIR/R5', { token: ada, body: bundle(...goods) });
  expect(again.json<{ entry: Entry[] }>().entry.map(({ response }) => response.status)).toEqual(
    goods.map(() => '200 OK'),
  );
});

test.each(ENTRIES.slice(0, -1))('%s is refused the same way by itself', async (_name, make, status) => {
  const reply = await exchange.request('POST', '/FHIR/R5/Observation', { token: ada, body: make() });
  expect([String(reply.statusCode), reply.json().resourceType]).toEqual([status, 'OperationOutcome']);
});
