/** FHIR read: https://hl7.org/fhir/R5/http.html#read. What is absent and what is not in sight are both 404. */
import { parseElements, type Resource, withElements } from '@jhe/fhir';
import type { Sight } from '../access/sight.ts';
import type { Principal } from '../domain/principal.ts';
import { invalid, notFound } from '../domain/refusal.ts';
import type { Answer, Call, Deps } from '../face.ts';

export type FindById = (sight: Sight, id: number) => Promise<Resource | null>;

export async function read(
  deps: Deps,
  resourceType: string,
  findById: FindById,
  call: Call,
  principal: Principal,
): Promise<Answer> {
  const text = call.params.id ?? '';
  const elements = elementsAsked(call.query, resourceType);
  const resource = await deps.gate.read(
    principal,
    { requestId: call.requestId, interaction: 'read', resource: resourceType },
    async (sight) => (/^\d{1,15}$/.test(text) ? findById(sight, Number(text)) : null),
  );
  if (!resource) throw notFound(resourceType);
  return { body: elements === undefined ? resource : withElements(resource, elements) };
}

/** `_elements` of a read; of `_summary` there is only `false`, which changes nothing. */
function elementsAsked(query: URLSearchParams, resourceType: string): string[] | undefined {
  if (query.getAll('_summary').some((summary) => summary !== 'false')) {
    throw invalid('http._summary', 'Parameter _summary is supported with the value false only.');
  }
  const asked = query.getAll('_elements');
  if (asked.length === 0) return undefined;
  const elements = asked.length === 1 ? parseElements(asked[0]!, resourceType) : undefined;
  if (elements === undefined) {
    throw invalid('http._elements', 'Parameter _elements must be one list of names of elements.');
  }
  return elements;
}
