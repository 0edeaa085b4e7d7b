import type { Resource } from '../types.ts';

/** Says that a resource is not whole. https://hl7.org/fhir/R5/search.html#elements */
const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/** Without these a resource of the type is not valid. */
const MANDATORY: Readonly<Record<string, readonly string[]>> = { Observation: ['status', 'code'] };
const ALWAYS: readonly string[] = ['resourceType', 'id', 'meta'];

/**
 * The resource with the named elements, those it cannot be without, and a tag that says that others were left out. A
 * choice is named without its type: `value` shows `valueAttachment`.
 */
export function withElements<Whole extends Resource>(resource: Whole, elements: readonly string[]): Resource {
  const kept = [...ALWAYS, ...(MANDATORY[resource.resourceType] ?? []), ...elements];
  const isKept = (key: string) => kept.some((name) => key === name || isChoice(key, name.replace('[x]', '')));
  return {
    ...(Object.fromEntries(Object.entries(resource).filter(([key]) => isKept(key))) as Resource),
    meta: { ...resource.meta, tag: [SUBSETTED] },
  };
}

const CHOICES: readonly string[] = ['value', 'effective'];
const isChoice = (key: string, name: string) =>
  CHOICES.includes(name) && key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length));

/**
 * The names in `_elements`, without the type that may stand before them; undefined when they are none: empty, parts of
 * elements, or more than a hundred. https://hl7.org/fhir/R5/search.html#elements
 */
export function parseElements(text: string, resourceType: string): string[] | undefined {
  const elements = text.split(',').map((name) => name.trim().replace(`${resourceType}.`, ''));
  const areNames = elements.every((element) => /^[A-Za-z]{1,64}(\[x\])?$/.test(element));
  return areNames && elements.length <= 100 ? elements : undefined;
}
