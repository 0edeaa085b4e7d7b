import { type Issue, type IssueCode, outcome } from '@jhe/fhir';
import type { Refusal, RefusalCode } from '../domain/refusal.ts';
import type { Answer } from '../face.ts';
import { type Asking, inFormat } from './format.ts';

/** Every refusal as FHIR says it: https://hl7.org/fhir/R5/http.html#Status-Codes and valueset-issue-type.html. */
const TABLE: Readonly<Record<RefusalCode, { status: number; issue: IssueCode }>> = {
  invalid: { status: 400, issue: 'invalid' },
  unauthenticated: { status: 401, issue: 'login' },
  forbidden: { status: 403, issue: 'forbidden' },
  'not-found': { status: 404, issue: 'not-found' },
  'not-allowed': { status: 405, issue: 'not-supported' },
  'too-slow': { status: 408, issue: 'timeout' },
  conflict: { status: 409, issue: 'duplicate' },
  gone: { status: 410, issue: 'deleted' },
  'too-large': { status: 413, issue: 'too-long' },
  unsupported: { status: 415, issue: 'not-supported' },
  unprocessable: { status: 422, issue: 'business-rule' },
  'too-many': { status: 429, issue: 'throttled' },
  busy: { status: 503, issue: 'transient' },
  unavailable: { status: 500, issue: 'exception' },
};

/** A refusal as the status and issue of an OperationOutcome. */
export function toIssue(refusal: Refusal): { status: number; issue: Issue } {
  const { status, issue } = TABLE[refusal.code];
  return {
    status,
    issue: {
      code: issue,
      diagnostics: refusal.message,
      ...(refusal.path === undefined || refusal.path === 'token' ? {} : { expression: refusal.path }),
    },
  };
}

/** A refusal as an answer, in the format that the call asks for; in JSON whatever it asks for. */
export function refuse(refusal: Refusal, call: Asking): Answer {
  const { status, issue } = toIssue(refusal);
  return inFormat({ status, body: outcome([issue]) }, call);
}

/** An answer of one or more issues found while parsing. */
export function refuseIssues(issues: readonly Issue[]): Answer {
  return { status: 400, body: outcome(issues) };
}
