import { findMeasure, type Measure } from '@jhe/omh';
import { invalid, notFound } from '../../domain/refusal.ts';
import type { Call, Deps, GuardedRoute } from '../../face.ts';
import * as series from '../../store/series.ts';
import * as values from '../../store/series-values.ts';
import { purpose } from '../purpose.ts';
import { pathId, queryText } from '../read-request.ts';
import { presentSeries, presentValues, scaleTo } from './wire.ts';

/**
 * `/patients/:id/series`: what there is of a patient's readings that the caller may read now, and each as a line to
 * draw. What is open to the caller and has no reading yet is in the list with a count of 0; whoever may read none of it
 * gets an empty list: whether there is more is not told.
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
        const [from, to] = queryRange(call);
        const most = queryMost(call);
        const limits = queryLimits(call);
        const body = await gate.read(principal, purpose(call, 'read', 'observation'), async (sight) => {
          const opened = await series.open(sight, { patientId, codeId });
          if (!opened) throw notFound('Series');
          const measure = findMeasure(opened.system, opened.code);
          const unit = queryUnit(call, measure);
          const found = await values.read(sight, {
            patientId,
            codeId,
            total: opened.observations,
            from,
            to,
            most,
            limits,
            unit,
            scaleOf: (sent) => scaleTo(unit, sent),
          });
          return presentValues(found, { measure, from, to });
        });
        return { body };
      },
    },
  ];
}

/** The unit that a chart is drawn in: one of the measure's, its first when none is asked for; null when it has none. */
function queryUnit(call: Pick<Call, 'query'>, measure: Measure | undefined): string | null {
  const shownIn = measure?.shownIn ?? [];
  const asked = queryText(call, 'unit');
  if (asked === undefined) return shownIn[0] ?? null;
  if (shownIn.includes(asked)) return asked;
  throw invalid(
    'unit',
    shownIn.length === 0
      ? 'must be absent: these readings are drawn as they came.'
      : `must be one of: ${shownIn.join(', ')}.`,
  );
}

function queryRange(call: Pick<Call, 'query'>): [from: Date | null, to: Date | null] {
  const [from, to] = [queryTime(call, 'from'), queryTime(call, 'to')];
  if (from && to && to <= from) throw invalid('to', 'must be later than from.');
  return [from, to];
}

const FEWEST_POINTS = 10;

function queryMost(call: Pick<Call, 'query'>): number {
  const text = queryText(call, 'most');
  const most = text === undefined ? values.MAX_POINTS : /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (most < FEWEST_POINTS || most > values.MAX_POINTS)
    throw invalid('most', `must be a whole number from ${FEWEST_POINTS} to ${values.MAX_POINTS}.`);
  return most;
}

const MOST_LIMITS = 10;

/** `limits=54,70`: at most ten numbers, ascending. */
function queryLimits(call: Pick<Call, 'query'>): number[] {
  const texts = queryText(call, 'limits')?.split(',') ?? [];
  const limits = texts.map((text) => (/^-?\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN));
  const ascends = limits.every((limit, i) => i === 0 || limit > limits[i - 1]!);
  if (limits.length > MOST_LIMITS || limits.some(Number.isNaN) || !ascends)
    throw invalid('limits', `must be at most ${MOST_LIMITS} numbers, each larger than the one before.`);
  return limits;
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
