/** FHIR read: https://hl7.org/fhir/R5/http.html#read. What is absent and what is not in sight are both 404. */
import type { Resource } from '@jhe/fhir';
import type { Sight } from '../access/sight.ts';
import type { Principal } from '../domain/principal.ts';
import { notFound } from '../domain/refusal.ts';
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
  const resource = await deps.gate.read(
    principal,
    { requestId: call.requestId, interaction: 'read', resource: resourceType },
    async (sight) => (/^\d{1,15}$/.test(text) ? findById(sight, Number(text)) : null),
  );
  if (!resource) throw notFound(resourceType);
  return { body: resource };
}
