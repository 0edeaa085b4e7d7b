/**
 * The small language measures are written in. A `Spec<T>` is one definition from which the TypeScript type,
 * the JSON Schema (draft-07) and the checker follow. Checkers are closures, not generated source text, so they run
 * under a content security policy without `unsafe-eval`; a passing value costs no allocation.
 */

/** One fault: where (a path such as `blood_glucose.unit`, relative to the checked value) and what is allowed there.
 * Never carries submitted text or numbers. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** A JSON Schema draft-07 fragment. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

declare const typed: unique symbol;

/** One definition: `schema` for publishing, `check` for validating (null when the value conforms). */
export interface Spec<T> {
  readonly schema: JsonSchema;
  readonly check: (value: unknown) => readonly Issue[] | null;
  readonly [typed]?: T;
}

/** A member that may be absent; present, it must conform. */
export interface Optional<T> {
  readonly optional: Spec<T>;
}

/** The TypeScript type a spec describes. */
export type TypeOf<S> = S extends Spec<infer T> ? T : never;

/** Members of an object, by name. */
export type Fields = Readonly<Record<string, Spec<unknown> | Optional<unknown>>>;

type Flat<T> = { [K in keyof T]: T[K] };
type Members<F> = Flat<
  { readonly [K in keyof F as F[K] extends Spec<unknown> ? K : never]: TypeOf<F[K]> } & {
    readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<infer T>
      ? T
      : never;
  }
>;
type OneShape<T, S extends readonly (readonly (keyof T)[])[]> = S[number] extends infer Shape
  ? Shape extends readonly (keyof T)[]
    ? Flat<T & Required<Pick<T, Shape[number]>>>
    : never
  : never;

/** How deep members we do not define may nest. Unbounded nesting would overflow the stack of every later reader. */
export const MAX_EXTRA_DEPTH = 32;

/** How many faults of one list are reported before the rest is left unsaid. */
const MAX_LIST_ISSUES = 10;

const fault = (message: string): readonly Issue[] => [{ path: '', message }];

function join(head: string, tail: string): string {
  if (tail === '') return head;
  return tail.startsWith('[') ? head + tail : `${head}.${tail}`;
}

/** The same faults seen from one member further out. */
export function under(member: string, issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ path: join(member, issue.path), message: issue.message }));
}

/** Whether a value is JSON (finite numbers only) nested no deeper than `depth` levels. Absent members are allowed. */
function boundedJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => boundedJson(item, depth - 1));
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined && !boundedJson(member, depth - 1)) return false;
  }
  return true;
}

/** A member that may be absent. */
export function optional<T>(spec: Spec<T>): Optional<T> {
  return { optional: spec };
}

function scalar<T>(schema: JsonSchema, holds: (value: unknown) => boolean, message: string): Spec<T> {
  const bad = fault(message);
  return { schema, check: (value) => (holds(value) ? null : bad) };
}

/** Longer than any name of a food or an activity; the published schemas set no bound. */
export const MAX_TEXT_LENGTH = 4000;

/** Any string of at most MAX_TEXT_LENGTH characters. */
export const text: Spec<string> = scalar(
  { type: 'string', maxLength: MAX_TEXT_LENGTH },
  (v) => typeof v === 'string' && v.length <= MAX_TEXT_LENGTH,
  `must be a string of at most ${MAX_TEXT_LENGTH} characters`,
);

/** The same, of at least one character. */
export const nonEmptyText: Spec<string> = scalar(
  { type: 'string', minLength: 1, maxLength: MAX_TEXT_LENGTH },
  (v) => typeof v === 'string' && v !== '' && v.length <= MAX_TEXT_LENGTH,
  `must be a non-empty string of at most ${MAX_TEXT_LENGTH} characters`,
);

/** A finite number; NaN and infinities, which JSON cannot carry, are refused. */
export const number: Spec<number> = scalar({ type: 'number' }, Number.isFinite, 'must be a finite number');

/** A whole number. */
export const integer: Spec<number> = scalar({ type: 'integer' }, Number.isInteger, 'must be a whole number');

/** true or false. */
export const boolean: Spec<boolean> = scalar(
  { type: 'boolean' },
  (v) => typeof v === 'boolean',
  'must be true or false',
);

/** A string in a named format, e.g. `uuid`; `holds` decides and `message` says what is allowed. */
export function format(name: string, holds: (value: string) => boolean, message: string): Spec<string> {
  return scalar({ type: 'string', format: name }, (v) => typeof v === 'string' && holds(v), message);
}

/** Exactly one of the given strings. */
export function oneOf<const V extends readonly string[]>(...values: V): Spec<V[number]> {
  const allowed: ReadonlySet<unknown> = new Set(values);
  const schema =
    values.length === 1 ? { type: 'string', const: values[0] } : { type: 'string', enum: values };
  return scalar(
    schema,
    (v) => allowed.has(v),
    `must be ${values.length > 1 ? 'one of: ' : ''}${values.join(', ')}`,
  );
}

/** An array whose items all conform. */
export function list<T>(item: Spec<T>): Spec<readonly T[]> {
  const notList = fault('must be an array');
  return {
    schema: { type: 'array', items: item.schema },
    check(value) {
      if (!Array.isArray(value)) return notList;
      let issues: Issue[] | null = null;
      for (let i = 0; i < value.length; i++) {
        const bad = item.check(value[i]);
        if (bad === null) continue;
        issues = [...(issues ?? []), ...under(`[${i}]`, bad)];
        if (issues.length >= MAX_LIST_ISSUES) break;
      }
      return issues;
    },
  };
}

/** `spec` and one rule more: `rule` gives the faults of a value that already conforms to `spec`. `keywords` is as much
 * of the rule as JSON Schema can say. */
export function refine<T>(
  spec: Spec<T>,
  keywords: JsonSchema,
  rule: (value: T) => readonly Issue[] | null,
): Spec<T> {
  return {
    schema: { ...spec.schema, ...keywords },
    check: (value) => spec.check(value) ?? rule(value as T),
  };
}

interface Field {
  readonly check: (value: unknown) => readonly Issue[] | null;
  readonly required: boolean;
}

const notObject = fault('must be an object');
const tooDeep = fault(
  `members beyond the defined ones must be JSON nested at most ${MAX_EXTRA_DEPTH} levels deep`,
);

/** An object with these members; further members are allowed (as in the published schemas) when they are plain JSON of
 * bounded depth. Faults name only members we define, never names the sender made up. */
export function object<F extends Fields>(fields: F): Spec<Members<F>> {
  const byName = new Map<string, Field>();
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [name, member] of Object.entries(fields)) {
    const isOptional = 'optional' in member;
    const spec = isOptional ? member.optional : member;
    byName.set(name, { check: spec.check, required: !isOptional });
    properties[name] = spec.schema;
    if (!isOptional) required.push(name);
  }
  return {
    schema: { type: 'object', properties, ...(required.length > 0 ? { required } : {}) },
    check(value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return notObject;
      const record = value as Record<string, unknown>;
      let issues: Issue[] | null = null;
      let present = 0;
      let extrasHold = true;
      for (const key in record) {
        const member = record[key];
        if (member === undefined) continue;
        const field = byName.get(key);
        if (field === undefined) {
          // Said once per object, so that a flood of bad extra members costs one fault, not one each.
          extrasHold &&= boundedJson(member, MAX_EXTRA_DEPTH);
          continue;
        }
        if (field.required) present++;
        const bad = field.check(member);
        if (bad !== null) issues = [...(issues ?? []), ...under(key, bad)];
      }
      if (!extrasHold) issues = [...(issues ?? []), ...tooDeep];
      if (present === required.length) return issues;
      const missing = required.filter((name) => record[name] === undefined);
      return [...(issues ?? []), ...missing.map((name) => ({ path: name, message: 'is required' }))];
    },
  };
}

/** An object that has exactly one of the given sets of members complete, e.g. start+end or start+duration. */
export function oneShape<T, const S extends readonly (readonly (keyof T & string)[])[]>(
  spec: Spec<T>,
  shapes: S,
): Spec<OneShape<T, S>> {
  const bad = fault(`must have exactly one of: ${shapes.map((shape) => shape.join(' with ')).join('; ')}`);
  const rule = (value: T) => {
    let complete = 0;
    for (const shape of shapes) if (shape.every((name) => value[name] !== undefined)) complete++;
    return complete === 1 ? null : bad;
  };
  return refine(spec, { oneOf: shapes.map((shape) => ({ required: shape })) }, rule) as Spec<OneShape<T, S>>;
}
