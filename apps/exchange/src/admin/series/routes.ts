import { findMeasure } from '@jhe/omh';
import { invalid, notFound } from '../../domain/refusal.ts';
import type { Call, Deps, GuardedRoute } from '../../face.ts';
import * as series from '../../store/series.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryText } from '../read-request.ts';

/**
 * `/patients/:id/series`: what there is of a patient's readings that the caller may read now, and each as a line to
 * draw. Whoever may read none of it gets an empty list: whether there is more is not told.
 */
export function seriesRoutes({ gate }: Deps): GuardedRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/patients/:id/series',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const patientId = pathId(call, 'Patient');
        const rows = await gate.read(principal, purpose(call, 'read', 'observation'), (sight) =>
          series.ofPatient(sight, patientId),
        );
        return { body: rows.map(presentSeries) };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/patients/:id/series/:codeId/values',
      caller: 'signed-in',
      handle: async (call, principal) => {
        const patientId = pathId(call, 'Patient');
        const codeId = pathId(call, 'Series', 'codeId');
        const body = await gate.read(principal, purpose(call, 'read', 'observation'), async (sight) => {
          const readable = await series.ofPatient(sight, patientId);
          if (!readable.some((row) => row.codeId === codeId)) throw notFound('Series');
          return series.points(sight, {
            patientId,
            codeId,
            from: queryTime(call, 'from'),
            to: queryTime(call, 'to'),
          });
        });
        return { body };
      },
    },
  ];
}

function presentSeries(row: series.SeriesRow) {
  return {
    codeId: row.codeId,
    codingSystem: row.codeSystem,
    codingCode: row.code,
    text: row.codeText,
    unit: findMeasure(row.codeSystem, row.code)?.units[0] ?? null,
    count: row.observations,
    firstEffective: row.firstEffective,
    lastEffective: row.lastEffective,
    lastArrival: row.lastArrival,
  };
}

/** A bound in the query: RFC 3339 with an offset; null when absent. */
function queryTime(call: Pick<Call, 'query'>, name: string): Date | null {
  const text = queryText(call, name);
  if (text === undefined) return null;
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? new Date(text) : null;
  if (!time || Number.isNaN(time.getTime()))
    throw invalid(name, 'must be a time with an offset, as in 2026-01-31T00:00:00Z.');
  return time;
}
