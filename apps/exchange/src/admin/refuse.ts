import { Refusal, type RefusalCode, Unreadable } from '../domain/refusal.ts';
import type { Answer } from '../face.ts';

/** Admin REST contract 3.1: one status for each refusal. Exhaustive: a new code does not compile until it stands here. */
const STATUS: Record<RefusalCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'not-allowed': 405,
  'too-slow': 408,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  unsupported: 415,
  unprocessable: 422,
  'too-many': 429,
  busy: 503,
  unavailable: 500,
};

/** Several fields of one request are at fault: each with its messages, by the name the caller used. */
export class FieldFaults extends Refusal {
  readonly faults: Readonly<Record<string, readonly string[]>>;

  constructor(faults: Readonly<Record<string, readonly string[]>>) {
    super('invalid', 'Some fields cannot be used.');
    this.faults = faults;
  }
}

/**
 * A refusal as the Admin API says it (3.1): `{detail}` with a text, always; for 400 either `{field: [message]}` when a
 * field is at fault or `[message]`, and `{detail}` again for what could not be read.
 */
export function refuse(refusal: Refusal): Answer {
  return { status: STATUS[refusal.code], body: body(refusal) };
}

function body(refusal: Refusal): unknown {
  if (refusal instanceof FieldFaults) return refusal.faults;
  if (refusal.code !== 'invalid' || refusal instanceof Unreadable) return { detail: refusal.message };
  return refusal.path === undefined ? [refusal.message] : { [refusal.path]: [refusal.message] };
}
