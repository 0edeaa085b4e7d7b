import type { Issue, Refusal } from './operation-outcome.ts';
import type { Bundle, BundleEntry, BundleLink, OperationOutcome, Resource } from './types.ts';

/** The request of one batch entry; `resource` is as it came, unchecked. `index` counts from 0. */
export type BatchRequest = {
  ok: true;
  index: number;
  method: BatchMethod;
  /** Relative to the FHIR base (`Observation`, `Patient/1`, `Observation?code=..`), or absolute. */
  url: string;
  resource: unknown;
} & { [Condition in BatchCondition]?: string };

/** What must hold for an entry to be carried out. https://hl7.org/fhir/R5/bundle-definitions.html#Bundle.entry.request.ifMatch */
export type BatchCondition = (typeof BATCH_CONDITIONS)[number];
export const BATCH_CONDITIONS = ['ifNoneMatch', 'ifModifiedSince', 'ifMatch', 'ifNoneExist'] as const;

/** A batch entry that cannot be carried out; it is answered by an error of its own, at its own place. */
export type BatchFault = { ok: false; index: number; issues: Issue[] };

/** https://hl7.org/fhir/R5/valueset-http-verb.html */
export type BatchMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] satisfies BatchMethod[];
const NEEDS_RESOURCE: readonly string[] = ['POST', 'PUT', 'PATCH'] satisfies BatchMethod[];
const MAX_URL_LENGTH = 8192;

const refuse = (code: Issue['code'], diagnostics: string, expression: string): Refusal => ({
  ok: false,
  issues: [{ code, diagnostics, expression }],
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Splits a parsed JSON value into the requests of a batch, one item per entry and in order, so that the
 * response can be aligned with it. Refuses as a whole what is no Bundle, has no type or another type than
 * `batch` (a transaction is refused rather than carried out without its promise of all or nothing), and more
 * than `maxEntries` entries. A faulty entry is an item with its issues. Never throws.
 * https://hl7.org/fhir/R5/http.html#transaction
 */
export function parseBatch(
  value: unknown,
  { maxEntries }: { maxEntries: number },
): { ok: true; entries: (BatchRequest | BatchFault)[] } | Refusal {
  if (!isRecord(value) || value.resourceType !== 'Bundle') {
    return refuse('structure', 'The body must be a Bundle.', 'Bundle');
  }
  if (value.type === 'transaction') {
    return refuse('not-supported', 'Bundle.type transaction is not supported; send a batch.', 'Bundle.type');
  }
  if (value.type !== 'batch') return refuse('invalid', 'Bundle.type must be batch.', 'Bundle.type');
  const entries = value.entry === undefined ? [] : value.entry;
  if (!Array.isArray(entries)) return refuse('structure', 'Bundle.entry must be a list.', 'Bundle.entry');
  if (entries.length > maxEntries) {
    return refuse('too-costly', `Bundle.entry must hold at most ${maxEntries} entries.`, 'Bundle.entry');
  }
  return { ok: true, entries: Array.from(entries, parseEntry) };
}

function parseEntry(entry: unknown, index: number): BatchRequest | BatchFault {
  const path = `Bundle.entry[${index}]`;
  const fault = (code: Issue['code'], name: string, message: string): BatchFault => ({
    ok: false,
    index,
    issues: [{ code, diagnostics: `${path}${name} ${message}`, expression: path + name }],
  });
  if (!isRecord(entry)) return fault('structure', '', 'must be an object.');
  const { request, resource } = entry;
  if (!isRecord(request)) return fault('required', '.request', 'is required.');
  const { method, url } = request;
  if (typeof method !== 'string' || !METHODS.includes(method)) {
    return fault('value', '.request.method', `must be one of ${METHODS.join(', ')}.`);
  }
  if (typeof url !== 'string' || url === '') return fault('required', '.request.url', 'is required.');
  if (url.length > MAX_URL_LENGTH) return fault('too-long', '.request.url', 'is too long.');
  const conditions: { [Condition in BatchCondition]?: string } = {};
  for (const name of BATCH_CONDITIONS) {
    const condition = request[name];
    if (condition === undefined) continue;
    if (typeof condition !== 'string' || condition === '') {
      return fault('value', `.request.${name}`, 'must be text that is not empty.');
    }
    conditions[name] = condition;
  }
  if (resource === undefined && NEEDS_RESOURCE.includes(method)) {
    return fault('required', '.resource', 'is required.');
  }
  return {
    ok: true,
    index,
    method: method as BatchMethod,
    url,
    resource,
    ...conditions,
  };
}

/** What became of one batch entry. `status` is the HTTP code; `outcome` is for failures only. */
export type BatchResult = {
  status: number;
  resource?: Resource;
  location?: string;
  etag?: string;
  lastModified?: string;
  outcome?: OperationOutcome;
};

const REASONS: Record<number, string> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/**
 * The answer to a batch: one entry per result, in order, `response.status` as `201 Created`. Clients take
 * the presence of `response.outcome` as failure, so results must carry one only then. A `resource` must be a whole one:
 * where part of it stood for it, clients that validate refused the Bundle.
 * https://hl7.org/fhir/R5/http.html#transaction-response
 */
export function batchResponse(results: readonly BatchResult[]): Bundle & { entry: BundleEntry[] } {
  return {
    resourceType: 'Bundle',
    type: 'batch-response',
    entry: results.map(({ status, resource, ...response }) => ({
      ...(resource === undefined ? {} : { resource }),
      response: { status: `${status} ${REASONS[status] ?? 'Unknown'}`, ...response },
    })),
  };
}

/** A page of search results. Matches get their `fullUrl` from `base`, the absolute URL of the FHIR face. */
export type SearchsetPage<Match extends Resource> = {
  base: string;
  entries: readonly Match[];
  /** Exact number of matches over all pages; absent when the client asked for none. */
  total?: number;
  links: { self: string; previous?: string; next?: string };
  /** Remarks on the search, such as parameters that were not understood; the last entry when present. Its id is a UUID. */
  outcome?: OperationOutcome & { id: string };
};

/** A searchset; `entry` and `link` are always there. */
export type Searchset = Bundle & { entry: BundleEntry[]; link: BundleLink[] };

/**
 * A searchset. `entry` and `link` are always lists, even empty: released clients read them without a guard, and an `id`
 * in each resource. Links stand in the order self, previous, next.
 * https://hl7.org/fhir/R5/bundle.html#searchset
 */
export function searchset<Match extends Resource>({
  base,
  entries,
  total,
  links,
  outcome,
}: SearchsetPage<Match>): Searchset {
  const root = base.replace(/\/+$/, '');
  const entry: BundleEntry[] = entries.map((resource) => ({
    ...(resource.id === undefined ? {} : { fullUrl: `${root}/${resource.resourceType}/${resource.id}` }),
    resource,
    search: { mode: 'match' },
  }));
  if (outcome !== undefined) {
    entry.push({ fullUrl: `urn:uuid:${outcome.id}`, resource: outcome, search: { mode: 'outcome' } });
  }
  const link: BundleLink[] = [{ relation: 'self', url: links.self }];
  if (links.previous !== undefined) link.push({ relation: 'previous', url: links.previous });
  if (links.next !== undefined) link.push({ relation: 'next', url: links.next });
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(total === undefined ? {} : { total }),
    entry,
    link,
  };
}
