import type { OperationOutcome } from './types.ts';

/** The issue types the exchange uses. https://hl7.org/fhir/R5/valueset-issue-type.html */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'unknown'
  | 'expired'
  | 'forbidden'
  | 'suppressed'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'limited-filter'
  | 'transient'
  | 'lock-error'
  | 'no-store'
  | 'exception'
  | 'timeout'
  | 'incomplete'
  | 'throttled'
  | 'informational'
  | 'success';

/**
 * One fault in plain words. `diagnostics` names the element or parameter at fault and never repeats a
 * submitted value; `expression` is the element path (`Observation.status`) or `http.<parameter name>`.
 */
export type Issue = {
  severity?: 'fatal' | 'error' | 'warning' | 'information' | 'success';
  code: IssueCode;
  diagnostics: string;
  expression?: string;
};

/** Issues on the way out of a parser of this package. */
export type Refusal = { ok: false; issues: Issue[] };

/**
 * An OperationOutcome of one or more issues; severity is `error` unless said otherwise. With no issue at all
 * it states success, since an OperationOutcome needs at least one. https://hl7.org/fhir/R5/operationoutcome.html
 */
export function outcome(issues: readonly Issue[]): OperationOutcome {
  const stated: readonly Issue[] =
    issues.length > 0 ? issues : [{ severity: 'success', code: 'success', diagnostics: 'All is well.' }];
  return {
    resourceType: 'OperationOutcome',
    issue: stated.map(({ severity = 'error', code, diagnostics, expression }) => ({
      severity,
      code,
      details: { text: diagnostics },
      diagnostics,
      ...(expression === undefined ? {} : { expression: [expression] }),
    })),
  };
}
