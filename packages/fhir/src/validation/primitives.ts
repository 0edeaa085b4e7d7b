/** A test of one FHIR primitive: the JSON value alone decides. */
export type Primitive = { test: (value: unknown) => boolean; expected: string };

const DATE_TIME =
  /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)))?)?)?$/;
const DATE = /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?$/;
const CODE = /^[^\s]+(?: [^\s]+)*$/;
const URI = /^\S+$/;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
// The tail is written so that white space can match in one way only, or a long run of it would cost its square.
const BASE64 = /^[A-Za-z0-9+/\s]+(?:=\s*){0,2}$/;
const OID = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/;
const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INTEGER64 = /^-?(?:0|[1-9]\d{0,18})$/;
const MAX_STRING = 1_048_576;

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True unless the text names a day its month does not have; the text has passed a date format already. */
function isRealDay(text: string): boolean {
  if (text.length < 10) return text !== '0000';
  const month = (text.charCodeAt(5) - 48) * 10 + text.charCodeAt(6) - 48;
  const day = (text.charCodeAt(8) - 48) * 10 + text.charCodeAt(9) - 48;
  if (day > DAYS[month - 1]!) return false;
  if (month !== 2 || day < 29) return true;
  const year = Number(text.slice(0, 4));
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_STRING;
const isInteger = (value: unknown, least: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 2_147_483_647;
const pattern =
  (format: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && value.length <= MAX_STRING && format.test(value);

/**
 * Every FHIR R5 primitive type with its format. Strings are not empty; dates are real days; base64 may hold
 * white space and is not bounded in length (the body limit of the server is). integer64 is a JSON string in
 * R5, but a safe JSON number is taken too. https://hl7.org/fhir/R5/datatypes.html#primitive
 */
export const PRIMITIVES = {
  string: { test: isText, expected: 'a string that is not empty' },
  markdown: { test: isText, expected: 'a string that is not empty' },
  xhtml: { test: isText, expected: 'a string that is not empty' },
  boolean: { test: (value) => typeof value === 'boolean', expected: 'true or false' },
  integer: { test: (value) => isInteger(value, -2_147_483_648), expected: 'a 32-bit integer' },
  unsignedInt: { test: (value) => isInteger(value, 0), expected: 'an integer of 0 or more' },
  positiveInt: { test: (value) => isInteger(value, 1), expected: 'an integer of 1 or more' },
  integer64: {
    test: (value) => Number.isSafeInteger(value) || (typeof value === 'string' && INTEGER64.test(value)),
    expected: 'a 64-bit integer as a string',
  },
  decimal: { test: (value) => typeof value === 'number' && Number.isFinite(value), expected: 'a number' },
  code: { test: pattern(CODE), expected: 'a code without surrounding or doubled spaces' },
  uri: { test: pattern(URI), expected: 'a URI without spaces' },
  url: { test: pattern(URI), expected: 'a URL without spaces' },
  canonical: { test: pattern(URI), expected: 'a canonical URL without spaces' },
  oid: { test: pattern(OID), expected: 'a urn:oid' },
  uuid: { test: pattern(UUID), expected: 'a urn:uuid' },
  id: { test: pattern(ID), expected: 'an id of 1 to 64 letters, digits, - and .' },
  date: {
    test: (value) => typeof value === 'string' && DATE.test(value) && isRealDay(value),
    expected: 'a date (YYYY, YYYY-MM or YYYY-MM-DD)',
  },
  dateTime: {
    test: (value) => typeof value === 'string' && DATE_TIME.test(value) && isRealDay(value),
    expected: 'a dateTime (a date, or a date and time with seconds and UTC offset)',
  },
  instant: {
    test: (value) =>
      typeof value === 'string' && value.length > 10 && DATE_TIME.test(value) && isRealDay(value),
    expected: 'an instant (date and time with seconds and UTC offset)',
  },
  time: { test: pattern(TIME), expected: 'a time (hh:mm:ss)' },
  base64Binary: {
    test: (value) => typeof value === 'string' && BASE64.test(value),
    expected: 'base64',
  },
} as const satisfies Record<string, Primitive>;
