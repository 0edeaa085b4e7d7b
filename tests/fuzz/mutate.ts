/** Turns what a client would send into what nobody should: values, texts, addresses and heads, a little or a lot. */
import type { Random } from './random.ts';

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** Texts that have broken programs before. */
export const TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud83d',
  '\udc00\ud800',
  '😀',
  '\u202e\u200b',
  'ﬃ',
  'é'.repeat(300),
  'x'.repeat(256),
  'x'.repeat(5_000),
  '漢'.repeat(3_000),
  '0',
  '-1',
  '00',
  '1e5',
  '9007199254740993',
  '99999999999999999999999999',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  'undefined',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '%00',
  '%',
  '%zz',
  "' or 1=1 --",
  '$1',
  '{{7*7}}',
  '\r\nx-injected: 1',
  '2026-02-30',
  '0000-00-00T00:00:00Z',
  '2026-03-01T08:00:00-05:00',
  '2026-12-31T23:59:60Z',
  '9999-12-31T23:59:59.999999999Z',
  '-4713-01-01',
  'ge2026',
  'lt9999-12-31T23:59:59Z',
  'eq0001',
  'Patient/40001',
  'Patient/',
  'https://example.org/FHIR/R5/Patient/1',
  'a,b,c',
  'a|b|c',
  '|',
  '\\',
  'urn:x|',
  ',',
  ',,,,',
  '*',
  'a@b.c',
  `${'a'.repeat(250)}@example.org`,
  'javascript:alert(1)',
  'https://[::1',
  '====',
  'AAAA',
];

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.1,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 53,
  2 ** 63,
  40001,
  [],
  {},
  [[]],
  [null],
  [{}],
  { '': '' },
  { '\0': '\0' },
  JSON.parse('{"__proto__": {"polluted": true}}'),
  { constructor: { prototype: { polluted: true } } },
  { toString: 1, valueOf: null, length: -1 },
  JSON.parse('{"then": 1}'),
  Array.from({ length: 300 }, (_, n) => n),
  JSON.parse(nested(50, '[', ']')),
  JSON.parse(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`),
];

const anyValue = (random: Random): unknown =>
  random.chance(0.5) ? random.pick(TEXTS) : structuredClone(random.pick(VALUES));

type Place = { owner: Record<string, unknown> | unknown[]; key: string | number };

function placesOf(value: unknown, places: Place[] = []): Place[] {
  if (Array.isArray(value)) {
    for (const [key, member] of value.slice(0, 50).entries()) {
      places.push({ owner: value, key });
      placesOf(member, places);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      places.push({ owner: value as Record<string, unknown>, key });
      placesOf(member, places);
    }
  }
  return places;
}

/** Changes one place of a value that may be changed in place. The data point of a reading is a value inside a text. */
function changeOne(value: unknown, random: Random): unknown {
  const places = placesOf(value);
  if (places.length === 0 || random.chance(0.03)) return anyValue(random);
  const { owner, key } = random.pick(places);
  const members = owner as Record<string | number, unknown>;
  const member = members[key];
  if (key === 'data' && typeof member === 'string' && random.chance(0.8)) {
    members[key] = changeDataPoint(member, random);
    return value;
  }
  switch (random.below(8)) {
    case 0:
      if (Array.isArray(owner)) owner.splice(Number(key), 1);
      else delete members[key];
      break;
    case 1:
      members[key] = [member, structuredClone(member)];
      break;
    case 2:
      members[key] = { value: member };
      break;
    case 3: {
      const other = random.pick(places);
      members[key] = structuredClone((other.owner as Record<string | number, unknown>)[other.key]);
      break;
    }
    case 4:
      if (Array.isArray(owner)) owner.push(...Array.from({ length: 20 }, () => structuredClone(member)));
      else members[random.chance(0.5) ? `${key}x` : random.pick(TEXTS)] = anyValue(random);
      break;
    case 5:
      members[key] = typeof member === 'string' ? changeText(member, random) : anyValue(random);
      break;
    default:
      members[key] = anyValue(random);
  }
  return value;
}

function changeDataPoint(data: string, random: Random): string {
  const text = Buffer.from(data, 'base64').toString();
  try {
    const changed = JSON.stringify(changeValue(JSON.parse(text), random)) ?? '';
    return Buffer.from(random.chance(0.1) ? changeText(changed, random) : changed).toString('base64');
  } catch {
    return random.pick(TEXTS);
  }
}

/** Readings whose data points alone are changed: these get further than any others. */
export function changeDataPoints(value: unknown, random: Random): unknown {
  const changed = structuredClone(value);
  for (const { owner, key } of placesOf(changed)) {
    const members = owner as Record<string | number, unknown>;
    if (key === 'data' && typeof members[key] === 'string')
      members[key] = changeDataPoint(members[key], random);
  }
  return changed;
}

/** A value as JSON has it, changed in one to three places; the given one stays as it is. */
export function changeValue(value: unknown, random: Random): unknown {
  let changed = structuredClone(value);
  for (let times = 1 + random.below(3); times > 0; times--) changed = changeOne(changed, random);
  return changed;
}

/** A text cut, doubled, or with something strange in it. */
export function changeText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text + text;
    case 2:
      return text.slice(0, at) + String.fromCharCode(random.below(0x10000)) + text.slice(at + 1);
    case 3:
      return text.toUpperCase();
    case 4:
      return random.pick(TEXTS);
    default:
      return text.slice(0, at) + random.pick(TEXTS) + text.slice(at);
  }
}

/** A body as bytes: mostly JSON that changed, now and then no JSON at all. */
export function changeBody(body: unknown, random: Random): string | Buffer {
  const text = JSON.stringify(random.chance(0.1) ? body : changeValue(body, random)) ?? '';
  if (random.chance(0.85)) return text;
  switch (random.below(8)) {
    case 0:
      return nested(20_000, '[', ']');
    case 1:
      return nested(20_000, '{"a":', '}').replace('}', '1}');
    case 2:
      return `[${'0,'.repeat(60_000)}0]`;
    case 3:
      return Buffer.from(text, 'utf16le');
    case 4:
      return Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0])]);
    case 5:
      return `\ufeff${text}`;
    case 6:
      return `{"a":${'9'.repeat(5_000)},"a":1e9999,${text.slice(1)}`;
    default:
      return changeText(text, random);
  }
}

/** A form: names and values changed, some of them twice. */
export function changeForm(form: Readonly<Record<string, string>>, random: Random): string {
  const pairs = Object.entries(form);
  const changed = pairs.map(([name, value]): [string, string] => [
    random.chance(0.1) ? random.pick(TEXTS) : name,
    random.chance(0.4) ? changeText(value, random) : value,
  ]);
  if (changed.length > 0 && random.chance(0.3)) changed.push(random.pick(changed));
  if (random.chance(0.1)) changed.splice(random.below(changed.length + 1), 1);
  const text = new URLSearchParams(changed.map(([name, value]) => [name, value])).toString();
  return random.chance(0.05) ? changeText(text, random) : text;
}

const encoded = (text: string) => encodeURIComponent(text.toWellFormed());

/** An address: its parts, and its parameters given twice, left out or changed. */
export function changeUrl(url: string, random: Random): string {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const parts = path.split('/');
  if (random.chance(0.3)) {
    const at = 1 + random.below(parts.length - 1);
    const text = random.chance(0.5) ? changeText(parts[at] ?? '', random) : random.pick(TEXTS);
    // Some as they are: what reaches the server is what a socket carries.
    parts[at] = random.chance(0.9) ? encoded(text) : text.replace(/[^\x21-\x7e]/g, '').replace(/[?#]/g, '');
  }
  if (random.chance(0.03)) parts.push('');
  const pairs = [...new URLSearchParams(query)];
  for (const pair of pairs) {
    if (random.chance(0.4)) pair[1] = random.chance(0.5) ? random.pick(TEXTS) : changeText(pair[1], random);
    if (random.chance(0.1)) pair[0] += random.pick([':not', ':exact', ':missing', '.identifier', '[]', 'x']);
  }
  while (random.chance(0.3)) pairs.push([random.pick(PARAMETERS), random.pick(TEXTS)]);
  if (pairs.length > 0 && random.chance(0.1)) pairs.push(random.pick(pairs));
  if (random.chance(0.01)) pairs.push(...Array.from({ length: 300 }, (): [string, string] => ['_id', '1']));
  const text = pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  const spelled = random.chance(0.03) ? text.replaceAll('%', '') : text;
  return parts.join('/').slice(0, 8_000) + (spelled === '' ? '' : `?${spelled.slice(0, 8_000)}`);
}

const PARAMETERS: readonly string[] = [
  ...[
    '_count',
    '_page',
    '_cursor',
    '_sort',
    '_summary',
    '_total',
    '_id',
    '_lastUpdated',
    '_source',
    '_format',
  ],
  ...[
    'patient',
    'code',
    'date',
    'status',
    'identifier',
    'device',
    'patient.identifier',
    'patient.organization',
  ],
  ...[
    'page',
    'pageSize',
    'page_size',
    'skip',
    'patientId',
    'studyId',
    'organizationId',
    'search',
    'from',
    'to',
  ],
  ...[
    'name',
    'family',
    'email',
    'telecom',
    'birthdate',
    '_has:Group:member:_id',
    'force',
    'limit',
    '__proto__',
  ],
];

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  [
    'content-type',
    [
      'text/plain',
      'application/fhir+json',
      'application/json; charset=utf-16',
      'multipart/form-data',
      'application/x-www-form-urlencoded',
      '*/*',
      ';',
      'application/json;;;',
      'application/fhir+xml',
    ],
  ],
  ['content-encoding', ['gzip', 'identity', 'br, gzip', '']],
  ['accept', ['text/html', 'application/xml', '*/*;q=0', '', 'application/fhir+json; fhirVersion=4.0']],
  ['prefer', ['handling=strict', 'return=minimal', ';;;', 'respond-async']],
  [
    'authorization',
    [
      'Bearer',
      'Bearer ',
      'Basic Og==',
      'Basic %%%',
      'DPoP x',
      'Bearer a.b.c',
      'Digest x',
      `Bearer ${'x'.repeat(3_000)}`,
      'Bearer eyJhbGciOiJub25lIn0.e30.',
    ],
  ],
  ['dpop', ['x', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', '']],
  [
    'cookie',
    ['jhe_session=x', 'jhe_session=%00; _session=a; _session.sig=b', '=', ';;;;', `a=${'x'.repeat(3_000)}`],
  ],
  ['origin', ['null', 'https://evil.example', 'x', '']],
  ['host', ['evil.example', '', 'localhost:99999', '[::1']],
  ['x-forwarded-for', ['1.1.1.1, x', '::', '']],
  ['if-match', ['W/"1"', '*']],
  ['if-none-exist', ['identifier=a|b', '%']],
  ['range', ['bytes=0-', 'bytes=9-1']],
  ['sec-fetch-site', ['cross-site', 'same-origin']],
]; // prettier-ignore

/** One or two heads of a request set to something else. */
export function changeHeaders(headers: Record<string, string>, random: Random): Record<string, string> {
  const changed = { ...headers };
  for (let times = 1 + random.below(2); times > 0; times--) {
    const [name, values] = random.pick(HEADERS);
    changed[name] = random.pick(values);
  }
  return changed;
}
