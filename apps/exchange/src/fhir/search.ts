/** FHIR search: https://hl7.org/fhir/R5/http.html#search, as GET or as POST to `_search`. */
import {
  type Filter,
  outcome,
  pageLinks,
  parseSearch,
  type Resource,
  SEARCH_DEFINITIONS,
  type Search,
  searchset,
  withElements,
  withParameter,
} from '@jhe/fhir';
import type { Sight } from '../access/sight.ts';
import type { Principal } from '../domain/principal.ts';
import { forbidden, invalid, notFound } from '../domain/refusal.ts';
import type { Answer, Call, Deps } from '../face.ts';
import type { Place } from '../store/keyset.ts';
import * as places from '../store/search-scopes.ts';
import { openCursor, sealCursor } from './page-cursor.ts';
import { isLenient } from './prefer.ts';
import { refuseIssues } from './refuse.ts';
import { META_SOURCE } from './resources/meta.ts';

/** How one resource type is searched: a page of rendered resources with the places of its ends, and the exact total. */
export type Searchable = Readonly<{
  resourceType: keyof typeof SEARCH_DEFINITIONS;
  page(sight: Sight, request: PageRequest): Promise<Page>;
  count(sight: Sight, filters: readonly Filter[]): Promise<number>;
  /** The same where the number is the whole answer: whom it is about is traced, each with their rows. */
  countEach?(sight: Sight, filters: readonly Filter[]): Promise<number>;
}>;

export type PageRequest = Readonly<{
  filters: readonly Filter[];
  sort: Search['sort'];
  count: number;
  from?: { place: Place; backwards: boolean };
  offset?: number;
}>;

export type Page = Readonly<{
  resources: readonly Resource[];
  first: Place | null;
  last: Place | null;
  /** Whether more lie beyond, in the direction of the request. */
  hasMore: boolean;
}>;

export type SearchContext = Readonly<{ base: string; origin: string; cursorKey: Buffer }>;

export async function search(
  deps: Deps,
  context: SearchContext,
  type: Searchable,
  call: Call,
  principal: Principal,
): Promise<Answer> {
  const parameters = [...call.query, ...formParameters(call.body)];
  const parsed = parseSearch(SEARCH_DEFINITIONS[type.resourceType], parameters, {
    base: context.base,
    handling: isLenient(call.header('prefer')) ? 'lenient' : 'strict',
  });
  if (!parsed.ok) return refuseIssues(parsed.issues);
  const { search: asked } = parsed;
  const filters = asked.filters.filter((filter) => filter.name !== '_source');
  const isNative = asked.filters.every((filter) => filter.type !== 'uri' || isOurs(filter));

  const selfUrl = context.origin + requestTarget(call, parameters, asked.applied);
  const unpaged = withParameter(withParameter(selfUrl, '_cursor', undefined), '_page', undefined);
  // What was asked, not how it was spelled: clients re-encode the address of a link.
  const asking = asked.applied.filter(([name]) => name !== '_cursor' && name !== '_page');
  const binding = JSON.stringify([principal.userId, type.resourceType, asking]);
  const cursor =
    asked.cursor === undefined ? undefined : openCursor(context.cursorKey, binding, asked.cursor);
  if (cursor === null) throw invalid('_cursor', 'Parameter _cursor must be taken from a link of a result.');

  const { page, total } = await deps.gate.read(
    principal,
    { requestId: call.requestId, interaction: 'search', resource: type.resourceType },
    async (sight) => {
      await authorizeScopes(sight, filters);
      const wantsTotal = asked.total !== 'none';
      if (!isNative) return { page: NO_PAGE, total: 0 };
      if (asked.summary === 'count') {
        return { page: NO_PAGE, total: await (type.countEach ?? type.count)(sight, filters) };
      }
      const total = wantsTotal ? await type.count(sight, filters) : 0;
      const page = await type.page(sight, {
        filters,
        sort: asked.sort,
        count: asked.count,
        ...(cursor ? { from: cursor } : {}),
        offset: (asked.page - 1) * asked.count,
      });
      if (asked.page > 1 && page.resources.length === 0) throw notFound('page');
      return { page, total: wantsTotal ? total : undefined };
    },
  );

  // A page that ends early has its rest behind a cursor: the next number would pass over it.
  const endsEarly = page.hasMore && page.resources.length < asked.count;
  const numbered = parameters.some(([name]) => name === '_page') && !endsEarly;
  const links =
    asked.summary === 'count' || !isNative
      ? { self: selfUrl }
      : numbered && total !== undefined
        ? pageLinks(selfUrl, { page: asked.page, count: asked.count, total })
        : cursorLinks(selfUrl, unpaged, page, cursor, asked.page, (place, backwards) =>
            sealCursor(context.cursorKey, binding, { place, backwards }),
          );
  return {
    body: searchset({
      base: context.base,
      entries: shown(page.resources, asked.elements),
      ...(total === undefined ? {} : { total }),
      links,
      ...(asked.ignored.length === 0
        ? {}
        : { outcome: { id: call.requestId, ...outcome([ignoredIssue(asked.ignored)]) } }),
    }),
  };
}

const shown = (resources: readonly Resource[], elements: readonly string[] | undefined) =>
  elements === undefined ? resources : resources.map((resource) => withElements(resource, elements));

const NO_PAGE: Page = { resources: [], first: null, last: null, hasMore: false };

/**
 * A filter by patient, study or organization that the caller cannot see is refused and not answered empty, so that a
 * client learns its mistake; what does not exist is refused the same way.
 */
async function authorizeScopes(sight: Sight, filters: readonly Filter[]): Promise<void> {
  for (const filter of filters) {
    if (filter.type !== 'reference') continue;
    const hidden = await places.firstHidden(sight, filter.target, filter.ids);
    if (hidden !== null)
      throw forbidden(`Current user is not authorized to access ${filter.target}/${hidden}.`);
  }
}

/** `_source`: only native rows exist here; any other source is an empty result. */
function isOurs(filter: Extract<Filter, { type: 'uri' }>): boolean {
  return !filter.below && filter.values.includes(META_SOURCE);
}

function cursorLinks(
  self: string,
  unpaged: string,
  page: Page,
  cursor: { backwards: boolean } | undefined,
  pageNumber: number,
  seal: (place: Place, backwards: boolean) => string,
): { self: string; previous?: string; next?: string } {
  // Going backwards, what lies ahead is where we came from; going forwards, anything but a first page has a previous.
  const hasNext = cursor?.backwards ? true : page.hasMore;
  const hasPrevious = cursor?.backwards ? page.hasMore : cursor !== undefined || pageNumber > 1;
  return {
    self,
    ...(hasPrevious && page.first
      ? { previous: withParameter(unpaged, '_cursor', seal(page.first, true)) }
      : {}),
    ...(hasNext && page.last ? { next: withParameter(unpaged, '_cursor', seal(page.last, false)) } : {}),
  };
}

/** Parameters of a POST `_search` form; they count like those of the URL, each of a repeated one too. */
function formParameters(body: unknown): [string, string][] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => {
      if (typeof one !== 'string') throw invalid(name, `Parameter ${name} must be text.`);
      return [name, one];
    }),
  );
}

/**
 * The request as a link, body parameters included, so that following it needs nothing else: as it came, byte for byte,
 * unless some of it was passed over or counts otherwise than it says. What made no difference has no place in it.
 */
function requestTarget(call: Call, asked: readonly Parameter[], applied: readonly Parameter[]): string {
  const target = call.url.replace(/\/_search\/?(?=$|\?)/, '');
  if (JSON.stringify(asked) !== JSON.stringify(applied)) {
    const query = new URLSearchParams(applied.map(([name, value]) => [name, value])).toString();
    return target.replace(/\?.*$/s, '') + (query === '' ? '' : `?${query}`);
  }
  const form = new URLSearchParams(formParameters(call.body)).toString();
  return form === '' ? target : `${target}${target.includes('?') ? '&' : '?'}${form}`;
}

type Parameter = readonly [name: string, value: string];

function ignoredIssue(names: readonly string[]) {
  return {
    severity: 'warning' as const,
    code: 'not-supported' as const,
    diagnostics: `These parameters were not understood and not used: ${names.join(', ')}.`,
  };
}
