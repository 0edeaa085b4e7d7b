/** FHIR create: https://hl7.org/fhir/R5/http.html#create. */
import type { Principal } from '../domain/principal.ts';
import type { Answer, Call, Deps } from '../face.ts';
import { recordObservations } from '../operations/record-observations.ts';
import * as observations from '../store/observations.ts';
import { fromObservation, toObservation } from './resources/observation.ts';

/** Records one Observation and answers it as stored: 201, or 200 when the same data point was there already. */
export async function createObservation(
  deps: Deps,
  base: string,
  call: Call,
  principal: Principal,
): Promise<Answer> {
  const draft = fromObservation(call.body, base);
  const { status, row } = await deps.gate.write(
    principal,
    { requestId: call.requestId, interaction: 'create', resource: 'Observation' },
    async (sight) => {
      const [result] = await recordObservations(sight, [draft]);
      if (result!.outcome === 'refused') throw result!.refusal;
      const stored = await observations.findById(sight, result!.id);
      return { status: result!.outcome === 'created' ? 201 : 200, row: stored };
    },
  );
  const resource = row
    ? toObservation(row)
    : // Granted to write but not to read: the id is all that may be said.
      { resourceType: 'Observation' };
  return {
    status,
    headers: row ? { location: `${base}/Observation/${row.id}` } : {},
    body: resource,
  };
}
