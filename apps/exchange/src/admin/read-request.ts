import { z } from 'zod';
import { invalid, notFound } from '../domain/refusal.ts';
import type { Call } from '../face.ts';
import { FieldFaults } from './refuse.ts';
import { camelBody, camelQuery } from './request-keys.ts';

/** Ids are handed out below 2^53; anything that is no such number names nothing. */
const ID = /^\d{1,15}$/;

/** An id inside a body: a number, or digits as forms and older clients send them. */
export const idSchema = z
  .union([z.number(), z.string().regex(ID).transform(Number)], { error: 'A valid integer is required.' })
  .refine((id) => Number.isSafeInteger(id) && id >= 0, 'A valid integer is required.');

/** Most characters of a name, an identifier or a code: what fits the pages of an index, whatever its script. */
const NAME_LENGTH = 255;
/** Of a description or a reason. */
export const PROSE_LENGTH = 10_000;
/** Of an address of the web. */
export const URL_LENGTH = 2_000;

const tooLong = (most: number) => `At most ${most} characters.`;

/** A required text that is not blank, of at most so many characters. */
export const textOf = (most: number) =>
  z
    .string({
      error: (issue) => (issue.input === undefined ? 'This field is required.' : 'Not a valid string.'),
    })
    .trim()
    .min(1, 'This field may not be blank.')
    .max(most, tooLong(most));

/** A text that may be absent, null or empty; empty is null. */
export const optionalTextOf = (most: number) =>
  z
    .string('Not a valid string.')
    .trim()
    .max(most, tooLong(most))
    .nullish()
    .transform((text) => (text === undefined ? undefined : text || null));

/** A name, an identifier or a code. */
export const textSchema = textOf(NAME_LENGTH);
export const optionalText = optionalTextOf(NAME_LENGTH);

/** A moment (ISO 8601 with a time zone), or null for none. */
export const optionalMoment = z
  .union(
    [z.iso.datetime({ offset: true, error: 'Enter a date and time with a time zone.' }), z.null()],
    'Enter a date and time with a time zone.',
  )
  .optional()
  .transform((at) => (typeof at === 'string' ? new Date(at) : at));

/** The id in the path; a path that holds none names nothing. */
export function pathId(call: Pick<Call, 'params'>, what: string, name = 'id'): number {
  const text = call.params[name] ?? '';
  if (!ID.test(text)) throw notFound(what);
  return Number(text);
}

/** An id in the query (3.7: not a number is 400); undefined when absent or empty. */
export function queryId(call: Pick<Call, 'query'>, name: string): number | undefined {
  const text = queryText(call, name);
  if (text === undefined) return undefined;
  if (!ID.test(text)) throw invalid(name, 'A valid integer is required.');
  return Number(text);
}

/** A text in the query under its camelCase or snake_case name; undefined when absent or empty. */
export function queryText(call: Pick<Call, 'query'>, name: string): string | undefined {
  return camelQuery(call.query).get(name) || undefined;
}

/**
 * The body by a schema, keys in either style. Refuses with every fault of every field, and by its place a text that no
 * database keeps.
 */
export function readBody<Schema extends z.ZodType>(
  call: Pick<Call, 'body'>,
  schema: Schema,
): z.output<Schema> {
  const body = camelBody(call.body ?? {});
  const unkept = placeOfUnkept(body);
  if (unkept !== null) {
    throw new FieldFaults({ [fieldName(unkept)]: ['Contains a character that cannot be kept.'] });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults: Record<string, string[]> = {};
  for (const issue of parsed.error.issues) {
    const field = fieldName(issue.path);
    const missing = issue.code === 'invalid_type' && valueAt(call.body ?? {}, issue.path) === undefined;
    const messages = faults[field] ?? [];
    faults[field] = [...messages, missing ? 'This field is required.' : issue.message];
  }
  throw new FieldFaults(faults);
}

/** Where a text with U+0000 or half a surrogate pair stands, the first of them; null when there is none. */
function placeOfUnkept(value: unknown): PropertyKey[] | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? [] : null;
  if (typeof value !== 'object' || value === null) return null;
  const members: Iterable<[PropertyKey, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value);
  for (const [name, member] of members) {
    const place = placeOfUnkept(member);
    if (place !== null) return [name, ...place];
  }
  return null;
}

/** `studyScopeConsents[0].scopeConsents[1].codingCode` */
function fieldName(path: readonly PropertyKey[]): string {
  const name = path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  );
  return name || 'body';
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = camelBody(body);
  for (const step of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}
