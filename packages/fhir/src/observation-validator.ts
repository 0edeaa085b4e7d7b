import type { Observation } from './types.ts';
import { DATATYPES } from './validation/datatypes.ts';
import { compileShapes, type ValidationIssue, Walk } from './validation/shape.ts';

const value = [
  'Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period|Attachment',
  'Reference',
].join('|');
const backbone = { id: 'string', extension: 'Extension*', modifierExtension: 'Extension*' };

/** https://hl7.org/fhir/R5/observation-definitions.html */
const shapes = compileShapes({
  ...DATATYPES,
  Observation: {
    id: 'id',
    meta: 'Meta',
    implicitRules: 'uri',
    language: 'code',
    text: 'Narrative',
    contained: 'object*',
    extension: 'Extension*',
    modifierExtension: 'Extension*',
    identifier: 'Identifier*',
    'instantiates[x]': 'canonical|Reference',
    basedOn: 'Reference*',
    triggeredBy: 'Observation.triggeredBy*',
    partOf: 'Reference*',
    status: 'code!(registered|preliminary|final|amended|corrected|cancelled|entered-in-error|unknown)',
    category: 'CodeableConcept*',
    code: 'CodeableConcept!',
    subject: 'Reference',
    focus: 'Reference*',
    encounter: 'Reference',
    'effective[x]': 'dateTime|Period|Timing|instant',
    issued: 'instant',
    performer: 'Reference*',
    'value[x]': value,
    dataAbsentReason: 'CodeableConcept',
    interpretation: 'CodeableConcept*',
    note: 'Annotation*',
    bodySite: 'CodeableConcept',
    bodyStructure: 'Reference',
    method: 'CodeableConcept',
    specimen: 'Reference',
    device: 'Reference',
    referenceRange: 'Observation.referenceRange*',
    hasMember: 'Reference*',
    derivedFrom: 'Reference*',
    component: 'Observation.component*',
  },
  'Observation.triggeredBy': {
    ...backbone,
    observation: 'Reference!',
    type: 'code!(reflex|repeat|re-run)',
    reason: 'string',
  },
  'Observation.referenceRange': {
    ...backbone,
    low: 'Quantity',
    high: 'Quantity',
    normalValue: 'CodeableConcept',
    type: 'CodeableConcept',
    appliesTo: 'CodeableConcept*',
    age: 'Range',
    text: 'markdown',
  },
  'Observation.component': {
    ...backbone,
    code: 'CodeableConcept!',
    'value[x]': value,
    dataAbsentReason: 'CodeableConcept',
    interpretation: 'CodeableConcept*',
    referenceRange: 'Observation.referenceRange*',
  },
});

/** An Observation, or its faults by element path. */
export type ObservationResult =
  | { ok: true; observation: Observation }
  | { ok: false; issues: ValidationIssue[] };

/**
 * Checks a parsed JSON value as an R5 Observation: element names, JSON types, cardinality, choice groups,
 * primitive formats and the codes of required bindings in the elements an Observation reaches. The value is
 * returned as it came, nothing dropped or added. Contained resources are held to being objects; invariants
 * other than those above are left to the caller. Refuses with up to 20 issues; never throws and never
 * repeats a submitted value. https://hl7.org/fhir/R5/observation.html
 */
export function parseObservation(input: unknown): ObservationResult {
  const walk = new Walk();
  const type =
    typeof input === 'object' && input !== null
      ? (input as { resourceType?: unknown }).resourceType
      : 'Observation';
  if (type !== 'Observation') {
    return { ok: false, issues: [{ path: 'Observation.resourceType', message: 'must be Observation' }] };
  }
  walk.object(input, shapes.Observation, 'Observation', 0, 'resourceType');
  // Sound because every element of the type has just been checked.
  return walk.issues.length === 0
    ? { ok: true, observation: input as Observation }
    : { ok: false, issues: walk.issues };
}
