import { outcome } from '@jhe/fhir';
import { notFound, Refusal } from '../domain/refusal.ts';
import type { Answer } from '../face.ts';
import { toIssue } from './refuse.ts';

/** An interaction that is not served: 405, with the methods that are (RFC 9110, section 10.2.1). */
function notAllowed(what: string, allow: string): Answer {
  const { status, issue } = toIssue(new Refusal('not-allowed', what));
  return { status, headers: { allow }, body: outcome([issue]) };
}

/** What the base answers to all but a batch. */
export const baseNotAllowed = (): Answer => notAllowed('The base takes batches, by POST.', 'POST');

/**
 * What is answered where no route is: 405 below a type that is served, else 404. `path` is what follows the base, such as
 * `Patient/1`; `creatable` are the types of which there is a create.
 */
export function notServed(path: string, served: readonly string[], creatable: readonly string[]): Answer {
  const [type = '', id] = path.split('/');
  if (!served.includes(type)) throw notFound('supported FHIR resource type');
  const ofType = creatable.includes(type) ? 'GET, POST' : 'GET';
  const allow = id === undefined || id === '' ? ofType : id === '_search' ? 'POST' : 'GET';
  return notAllowed(`This interaction is not allowed for ${type}.`, allow);
}
