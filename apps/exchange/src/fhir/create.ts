/** FHIR create: https://hl7.org/fhir/R5/http.html#create. */
import type { Principal } from '../domain/principal.ts';
import type { Answer, Call, Deps } from '../face.ts';
import { recordObservations } from '../operations/record-observations.ts';
import * as observations from '../store/observations.ts';
import { wantedReturn } from './prefer.ts';
import { refuseIssues } from './refuse.ts';
import { fromObservation, OBSERVATION_ETAG, toObservation } from './resources/observation.ts';

/** Conditions on a write that are not looked at; passed over, they would be taken to have held. */
const CONDITIONS = ['if-none-exist', 'if-match', 'if-none-match', 'if-unmodified-since'];

/**
 * Records one Observation and answers where it is: 201, or 200 when the same data point was there already. It is shown as
 * stored, unless the sender may not read it or would rather not have it (`Prefer: return=minimal`).
 */
export async function createObservation(
  deps: Deps,
  base: string,
  call: Call,
  principal: Principal,
): Promise<Answer> {
  const condition = CONDITIONS.find((name) => call.header(name) !== undefined);
  if (condition !== undefined) {
    return refuseIssues([
      {
        code: 'not-supported',
        diagnostics: `The condition ${condition} is not supported; nothing was recorded.`,
        expression: `http.${condition}`,
      },
    ]);
  }
  const draft = fromObservation(call.body, base);
  const { created, id, row } = await deps.gate.write(
    principal,
    { requestId: call.requestId, interaction: 'create', resource: 'Observation' },
    async (sight) => {
      const [result] = await recordObservations(sight, [draft]);
      if (result!.outcome === 'refused') throw result!.refusal;
      const isWanted = wantedReturn(call.header('prefer')) !== 'minimal';
      const row = isWanted ? await observations.findById(sight, result!.id) : null;
      return { created: result!.outcome === 'created', id: result!.id, row };
    },
  );
  return {
    status: created ? 201 : 200,
    headers: { location: `${base}/Observation/${id}`, etag: OBSERVATION_ETAG },
    ...(row === null ? {} : { body: toObservation(row) }),
  };
}
