import { header } from './header.ts';
import type { Quantity } from './quantity.ts';
import { type JsonSchema, object, type Spec, type TypeOf } from './spec.ts';
import { toUnit } from './units.ts';

/** Coding systems of the two families of codes. */
export const OMH_SYSTEM = 'https://w3id.org/openmhealth';
export const IEEE_SYSTEM = 'https://w3id.org/ieee1752';

/** The header every data point carries; see `header`. */
export type Header = TypeOf<ReturnType<typeof header>>;

/** A reading as it travels and is stored: who made it when and how, and the reading itself. */
export interface DataPoint<B = unknown> {
  readonly header: Header;
  readonly body: B;
}

/** A LOINC code for one quantity of a measure, holding for every unit and specimen unless it names some. */
export interface LoincFact {
  /** Dotted member of the body, e.g. `systolic_blood_pressure`; empty when the code names the whole measure. */
  readonly member: string;
  readonly code: string;
  readonly display: string;
  readonly units?: readonly string[];
  readonly specimen?: string;
}

/** One kind of reading. Everything the platform knows about it follows from its one definition. */
export interface Measure<B = unknown> {
  /** `namespace:name:version`, e.g. `omh:blood-glucose:4.0`. */
  readonly code: string;
  /** `OMH_SYSTEM` or `IEEE_SYSTEM`. */
  readonly system: string;
  readonly schemaId: { readonly namespace: string; readonly name: string; readonly version: string };
  /** Words for people, as seeded with the code. */
  readonly display: string;
  /** Whether readings are made at an instant, over an interval, or either. */
  readonly kind: 'instant' | 'interval' | 'either';
  /** Units allowed for the primary value; empty when there is none or the sender may choose. */
  readonly units: readonly string[];
  /**
   * Units that readings are shown in together, whatever they were sent in; the first unless another is asked for. Every
   * one converts to every other. Empty when readings have no number, or one in a unit of the sender's choosing.
   */
  readonly shownIn: readonly string[];
  /** The two members that make one reading together, as a blood pressure has; empty where one number is all. */
  readonly parts: readonly Part[];
  /** JSON Schema (draft-07) of the body. */
  readonly jsonSchema: JsonSchema;
  /** JSON Schema (draft-07) of the whole data point, header included. */
  readonly dataPointSchema: JsonSchema;
  /** Dotted members that can stand for the reading in a list or a chart, best first. */
  readonly primary: readonly string[];
  readonly loinc: readonly LoincFact[];
  readonly body: Spec<B>;
  readonly dataPoint: Spec<DataPoint<B>>;
  /** The first primary member present, or null; tolerates any body. */
  primaryValue(body: unknown): Quantity | null;
  /** The number of the second part in the unit of the primary value, or null; tolerates any body. */
  secondValue(body: unknown): number | null;
}

/** One of the numbers of a reading: its dotted member, and words for people. */
export interface Part {
  readonly member: string;
  readonly display: string;
}

/** The body type of a measure, e.g. `BodyOf<typeof bloodGlucose>`. */
export type BodyOf<M> = M extends { readonly body: Spec<infer B> } ? B : never;

/** What a measure's file states; the rest is derived. */
interface Definition<B> {
  readonly code: `${'omh' | 'ieee'}:${string}:${string}`;
  readonly display: string;
  readonly kind: 'instant' | 'interval' | 'either';
  readonly body: Spec<B>;
  readonly primary: readonly string[];
  /** Left out where there is one unit only, or the sender's. */
  readonly shownIn?: readonly string[];
  readonly parts?: readonly [Part, Part];
  readonly loinc: readonly LoincFact[];
}

function memberAt(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** The value and unit at a dotted member of a body, or null when they are not a finite number and a string. */
export function quantityAt(body: unknown, path: string): Quantity | null {
  const found = memberAt(body, path);
  const value = memberAt(found, 'value');
  const unit = memberAt(found, 'unit');
  return typeof value === 'number' && Number.isFinite(value) && typeof unit === 'string'
    ? { value, unit }
    : null;
}

function unitsAt(schema: JsonSchema, path: string): readonly string[] {
  const unit = memberAt(
    schema,
    `properties.${path.split('.').join('.properties.')}.properties.unit`,
  ) as JsonSchema;
  return unit.const === undefined ? ((unit.enum ?? []) as string[]) : [unit.const as string];
}

/** Builds a measure from its definition. */
export function defineMeasure<B>(definition: Definition<B>): Measure<B> {
  const [namespace = '', name = '', version = ''] = definition.code.split(':');
  const dataPoint = object({ header: header(namespace, name, version), body: definition.body });
  const first = definition.primary[0];
  const units = first === undefined ? [] : unitsAt(definition.body.schema, first);
  const { shownIn = units.length === 1 ? units : [], parts = [] } = definition;
  const primaryValue = (body: unknown): Quantity | null => {
    for (const path of definition.primary) {
      const found = quantityAt(body, path);
      if (found !== null) return found;
    }
    return null;
  };
  const draft = { $schema: 'http://json-schema.org/draft-07/schema#', title: definition.display };
  return {
    ...definition,
    system: namespace === 'ieee' ? IEEE_SYSTEM : OMH_SYSTEM,
    schemaId: { namespace, name, version },
    units,
    shownIn,
    parts,
    jsonSchema: { ...draft, ...definition.body.schema },
    dataPointSchema: { ...draft, ...dataPoint.schema },
    dataPoint,
    primaryValue,
    secondValue(body) {
      const [, second] = parts;
      const unit = primaryValue(body)?.unit;
      const found = second && quantityAt(body, second.member);
      return found && unit !== undefined ? (toUnit(found, unit)?.value ?? null) : null;
    },
  };
}
