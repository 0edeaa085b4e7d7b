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

/** A required text that is not blank. */
export const textSchema = z
  .string({
    error: (issue) => (issue.input === undefined ? 'This field is required.' : 'Not a valid string.'),
  })
  .trim()
  .min(1, 'This field may not be blank.');

/** A text that may be absent, null or empty; empty is null. */
export const optionalText = z
  .string('Not a valid string.')
  .trim()
  .nullish()
  .transform((text) => (text === undefined ? undefined : text || null));

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

/** The body by a schema, keys in either style. Refuses with every fault of every field. */
export function readBody<Schema extends z.ZodType>(
  call: Pick<Call, 'body'>,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(camelBody(call.body ?? {}));
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
