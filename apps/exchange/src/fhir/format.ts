/** What an answer is written in: https://hl7.org/fhir/R5/http.html#mime-type. There is JSON, under two names. */
import { outcome } from '@jhe/fhir';
import type { Answer, Call, OpenRoute, Route } from '../face.ts';

export const FHIR_JSON = 'application/fhir+json; charset=utf-8';
const PLAIN_JSON = 'application/json; charset=utf-8';

type Format = typeof FHIR_JSON | typeof PLAIN_JSON;
/** By the name in `Accept` or `_format`; a space stands for a plus that was not encoded. */
const NAMED: ReadonlyMap<string, Format> = new Map([
  ['application/fhir+json', FHIR_JSON],
  ['application/fhir json', FHIR_JSON],
  ['json', FHIR_JSON],
  ['application/json', PLAIN_JSON],
  ['text/json', PLAIN_JSON],
]);
const OURS: readonly Format[] = [FHIR_JSON, PLAIN_JSON];
/** Ranges that any of ours is in. */
const ANY = ['*/*', 'application/*'];
const FHIR_VERSIONS: readonly (string | undefined)[] = [undefined, '5.0'];

/** What a call says about the format of its answer. */
export type Asking = Pick<Call, 'header' | 'query'> & Partial<Pick<Call, 'body'>>;

/** The format of an answer; null when none of ours is wanted. `_format` weighs more than `Accept`. */
export function formatFor(call: Asking): Format | null {
  const asked = parameter(call, '_format') ?? call.header('accept') ?? '';
  if (asked.trim() === '') return FHIR_JSON;
  const ranges = asked.split(',').map(parseRange);
  const unwanted = ranges.filter(({ weight }) => weight === 0).map(({ name }) => NAMED.get(name));
  const any = OURS.find((format) => !unwanted.includes(format));
  let best: { format: Format; weight: number } | null = null;
  for (const { name, weight, fhirVersion } of ranges) {
    const format = NAMED.get(name) ?? (ANY.includes(name) ? any : undefined);
    if (format === undefined || weight === 0 || !FHIR_VERSIONS.includes(fhirVersion)) continue;
    if (best === null || weight > best.weight) best = { format, weight };
  }
  return best?.format ?? null;
}

function parseRange(text: string): { name: string; weight: number; fhirVersion: string | undefined } {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const said = (key: string) =>
    parameters
      .find((part) => part.startsWith(`${key}=`))
      ?.slice(key.length + 1)
      .replace(/^"(.*)"$/, '$1');
  const weight = Number(said('q') ?? 1);
  return { name, weight: Number.isNaN(weight) ? 0 : weight, fhirVersion: said('fhirversion') };
}

/** A parameter of the URL, or of the form of a search. */
function parameter({ query, body }: Asking, name: string): string | undefined {
  const ofForm = (body as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return query.get(name) ?? (typeof ofForm === 'string' ? ofForm : undefined);
}

/** An answer in the format that the call asks for, and laid out for people when it asks for that. */
export function inFormat(answer: Answer, call: Asking): Answer {
  if (answer.body === undefined) return answer;
  const isPretty = parameter(call, '_pretty') === 'true';
  return {
    ...answer,
    headers: { ...answer.headers, 'content-type': formatFor(call) ?? FHIR_JSON },
    body: isPretty ? JSON.stringify(answer.body, null, 2) : answer.body,
  };
}

/** Refused before anything is done: the answer could not be given. The refusal itself is in JSON. */
const NOT_SERVED: Answer = {
  status: 406,
  headers: { 'content-type': FHIR_JSON },
  body: outcome([
    {
      code: 'not-supported',
      diagnostics: 'Answers are given as application/fhir+json or application/json, in version 5.0.',
      expression: 'http.accept',
    },
  ]),
};

/** The route, answering in the format that each call asks for. */
export function negotiated(route: Route): Route {
  if (route.caller === 'anyone') return { ...route, handle: answering(route.handle) } satisfies OpenRoute;
  const { handle } = route;
  return {
    ...route,
    handle: (call, principal) => answering((asked) => handle(asked, principal))(call),
  };
}

const answering = (handle: (call: Call) => Promise<Answer>) => async (call: Call) =>
  formatFor(call) === null ? NOT_SERVED : inFormat(await handle(call), call);
