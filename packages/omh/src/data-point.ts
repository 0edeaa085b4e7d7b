import type { DataPoint, Header, Measure } from './measure.ts';
import { type Issue, under } from './spec.ts';

/** How many faults one answer lists; a hostile document could otherwise name thousands. */
const MAX_ISSUES = 50;

/** A body that conforms, or the reasons it does not. */
export type BodyResult<B> =
  | { readonly ok: true; readonly body: B }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** A data point that conforms, or the reasons it does not. */
export type DataPointResult<B> =
  | { readonly ok: true; readonly dataPoint: DataPoint<B> }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const refusal = (issues: readonly Issue[]) => ({ ok: false, issues: issues.slice(0, MAX_ISSUES) }) as const;

/** Checks a body without its header against a measure. Paths begin with `body`. Never throws on a JSON value. */
export function validateBody<B>(measure: Measure<B>, body: unknown): BodyResult<B> {
  const issues = measure.body.check(body);
  return issues === null ? { ok: true, body: body as B } : refusal(under('body', issues));
}

/**
 * Checks a whole data point: the IEEE 1752.1 header 1.0 (whose `schema_id` must name the measure) and the measure's
 * body. The value is returned as it came, extra members included. Issues carry a path such as
 * `body.blood_glucose.unit` and say what is allowed, never what was sent. Never throws on a JSON value.
 */
export function parseDataPoint<B>(measure: Measure<B>, value: unknown): DataPointResult<B> {
  const issues = measure.dataPoint.check(value);
  return issues === null ? { ok: true, dataPoint: value as DataPoint<B> } : refusal(issues);
}

/** What a data point is made of; `createdAt` is RFC 3339 with an offset. */
export interface NewDataPoint<B> {
  readonly measure: Measure<B>;
  readonly uuid: string;
  readonly createdAt: string;
  readonly modality?: NonNullable<Header['modality']>;
  readonly body: NoInfer<B>;
}

/** Builds a data point and makes sure of it. Throws a RangeError naming the faulty members (never their values). */
export function makeDataPoint<B>({
  measure,
  uuid,
  createdAt,
  modality,
  body,
}: NewDataPoint<B>): DataPoint<B> {
  const header: Header = {
    uuid,
    schema_id: measure.schemaId,
    source_creation_date_time: createdAt,
    ...(modality === undefined ? {} : { modality }),
  };
  const result = parseDataPoint(measure, { header, body });
  if (result.ok) return result.dataPoint;
  throw new RangeError(result.issues.map((issue) => `${issue.path}: ${issue.message}`).join('; '));
}
