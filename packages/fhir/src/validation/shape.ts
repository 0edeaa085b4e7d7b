import { PRIMITIVES, type Primitive } from './primitives.ts';

/**
 * Shapes: what elements an object may hold. They are written as tables of short words and compiled once into
 * maps, so that walking a submitted resource is one map look-up per key.
 *
 * An element is written `type`, then `!` when required, `*` for a list, `+` for a required list, and for a
 * required binding the codes in brackets: `'code!(final|amended)'`. A name ending in `[x]` is a choice:
 * `'value[x]': 'Quantity|string'` stands for valueQuantity and valueString, of which one at most may occur.
 * Type names are FHIR's own, a name from the table itself, or `object` for any object. The shape named
 * `Element` is what the `_name` companion of a primitive may hold.
 */
export type ShapeTable = Record<string, Record<string, string>>;

/** A compiled shape. `choices` counts the choice groups, each one bit of a number. */
export type Shape = { name: string; elements: Map<string, ShapeElement>; required: string[] };

type ShapeElement = {
  many: boolean;
  primitive: Primitive | undefined;
  codes: Set<string> | undefined;
  shape: Shape | undefined;
  companion: Shape;
  choiceBit: number;
  choiceName: string;
};

/** A fault at a path such as `Observation.component[1].code`; the message never repeats a value. */
export type ValidationIssue = { path: string; message: string };

const ELEMENT = /^([A-Za-z0-9.]+)([!*+]?)(?:\((.+)\))?$/;
/** Types that occur only as the value of an extension and that nothing here reads: any object will do. */
const OPAQUE = new Set(
  (
    'object|Signature|ContactDetail|DataRequirement|Expression|ParameterDefinition|RelatedArtifact|' +
    'TriggerDefinition|UsageContext|Availability|ExtendedContactDetail|VirtualServiceDetail|' +
    'MonetaryComponent|Dosage'
  ).split('|'),
);
const NO_SHAPE: Shape = { name: 'object', elements: new Map(), required: [] };

/** Compiles a table. Throws for a table that names an unknown type: a mistake in the table, not in input. */
export function compileShapes<Table extends ShapeTable>(table: Table): { [Name in keyof Table]: Shape } {
  const shapes: Record<string, Shape> = {};
  for (const name of Object.keys(table)) shapes[name] = { name, elements: new Map(), required: [] };

  const element = (text: string): ShapeElement & { required: boolean } => {
    const [, type = '', cardinality = '', codes] = ELEMENT.exec(text) ?? [];
    const primitive = type in PRIMITIVES ? PRIMITIVES[type as keyof typeof PRIMITIVES] : undefined;
    const shape = OPAQUE.has(type) ? NO_SHAPE : shapes[type];
    if (primitive === undefined && shape === undefined) throw new TypeError(`unknown type in ${text}`);
    return {
      many: cardinality === '*' || cardinality === '+',
      required: cardinality === '!' || cardinality === '+',
      primitive,
      codes: codes === undefined ? undefined : new Set(codes.split('|')),
      shape: primitive === undefined ? shape : undefined,
      companion: shapes.Element ?? NO_SHAPE,
      choiceBit: 0,
      choiceName: '',
    };
  };

  for (const [name, lines] of Object.entries(table)) {
    const { elements, required } = shapes[name]!;
    let choices = 0;
    for (const [key, text] of Object.entries(lines)) {
      if (key.endsWith('[x]')) {
        const stem = key.slice(0, -3);
        const choiceBit = 1 << choices++;
        for (const type of text.split('|')) {
          const choice = { ...element(type), choiceBit, choiceName: key };
          elements.set(stem + type.charAt(0).toUpperCase() + type.slice(1), choice);
        }
      } else {
        const { required: isRequired, ...rest } = element(text);
        elements.set(key, rest);
        if (isRequired) required.push(key);
      }
    }
  }
  return shapes as { [Name in keyof Table]: Shape };
}

const MAX_DEPTH = 60;
const MAX_ISSUES = 20;
const PLAIN_NAME = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/;

/**
 * Walks a value along a shape and collects up to 20 faults. The path is a stack that is written on the way
 * down and read only when there is a fault, so a valid resource builds no path text at all.
 */
export class Walk {
  readonly issues: ValidationIssue[] = [];
  readonly #path: (string | number)[] = [];

  /** Checks an object standing at `depth` of the path, whose last step is `step`. */
  object(value: unknown, shape: Shape, step: string | number, depth: number, skipKey?: string): undefined {
    this.#path[depth] = step;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.fault(depth, 'must be an object');
    }
    if (depth >= MAX_DEPTH) return this.fault(depth, 'is nested too deeply');
    const record = value as Record<string, unknown>;
    const { elements, required } = shape;
    if (shape === NO_SHAPE) {
      if (Object.keys(record).length === 0) this.fault(depth, 'must not be empty');
      return;
    }
    let isEmpty = true;
    let chosen = 0;
    for (const key in record) {
      const child = record[key];
      if (child === undefined) continue;
      isEmpty = false;
      const element = elements.get(key);
      if (element !== undefined) {
        if (element.choiceBit !== 0) {
          if ((chosen & element.choiceBit) !== 0) {
            this.fault(depth, `must have only one of ${element.choiceName}`);
          }
          chosen |= element.choiceBit;
        }
        if (element.many) this.#list(child, element, key, depth + 1, record);
        else this.#single(child, element, key, depth + 1);
      } else if (key !== skipKey) {
        const base = key.charCodeAt(0) === 95 ? elements.get(key.slice(1)) : undefined;
        if (base?.primitive === undefined) this.#unknown(key, depth);
        else {
          if (base.choiceBit !== 0 && record[key.slice(1)] === undefined) {
            if ((chosen & base.choiceBit) !== 0) {
              this.fault(depth, `must have only one of ${base.choiceName}`);
            }
            chosen |= base.choiceBit;
          }
          this.#companion(child, base, key, depth + 1);
        }
      }
      if (this.issues.length >= MAX_ISSUES) return;
    }
    if (isEmpty) this.fault(depth, 'must not be empty');
    for (const name of required) {
      if (record[name] === undefined) {
        this.#path[depth + 1] = name;
        this.fault(depth + 1, 'is required');
      }
    }
  }

  #single(value: unknown, element: ShapeElement, step: string | number, depth: number): undefined {
    const { primitive } = element;
    if (primitive === undefined) {
      this.object(value, element.shape!, step, depth);
    } else if (!primitive.test(value)) {
      this.#path[depth] = step;
      this.fault(depth, Array.isArray(value) ? 'must not be a list' : `must be ${primitive.expected}`);
    } else if (element.codes !== undefined && !element.codes.has(value as string)) {
      this.#path[depth] = step;
      this.fault(depth, `must be one of ${[...element.codes].join(', ')}`);
    }
  }

  #list(
    value: unknown,
    element: ShapeElement,
    name: string,
    depth: number,
    owner: Record<string, unknown>,
  ): undefined {
    this.#path[depth] = name;
    if (!Array.isArray(value)) return this.fault(depth, 'must be a list');
    if (value.length === 0) return this.fault(depth, 'must not be an empty list');
    // A null holds the place of a primitive that has only extensions, which stand in the `_name` list.
    const nullable = element.primitive !== undefined && Array.isArray(owner[`_${name}`]);
    for (let index = 0; index < value.length && this.issues.length < MAX_ISSUES; index++) {
      this.#path[depth] = name;
      if (value[index] === null && nullable) continue;
      this.#single(value[index], element, index, depth + 1);
    }
  }

  #companion(value: unknown, base: ShapeElement, key: string, depth: number): undefined {
    if (!base.many) return this.object(value, base.companion, key, depth);
    this.#path[depth] = key;
    if (!Array.isArray(value) || value.length === 0) return this.fault(depth, 'must be a list');
    for (let index = 0; index < value.length && this.issues.length < MAX_ISSUES; index++) {
      this.#path[depth] = key;
      if (value[index] !== null) this.object(value[index], base.companion, index, depth + 1);
    }
  }

  #unknown(key: string, depth: number): undefined {
    // The key is the submitter's text, so it is repeated only when it reads like an element name.
    if (!PLAIN_NAME.test(key)) return this.fault(depth, 'has an element with a name FHIR does not know');
    this.#path[depth + 1] = key;
    this.fault(depth + 1, 'is not an element FHIR R5 knows here');
  }

  /** Notes a fault of the element at `depth` of the path. */
  fault(depth: number, message: string): undefined {
    if (this.issues.length >= MAX_ISSUES) return;
    let path = '';
    for (let index = 0; index <= depth; index++) {
      const step = this.#path[index]!;
      path += typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`;
    }
    this.issues.push({ path, message });
  }
}
