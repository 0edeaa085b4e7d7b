import type { Config } from '../config.ts';
import { invalid, Refusal } from '../domain/refusal.ts';
import type { Call } from '../face.ts';
import type { Page, Window } from '../store/page.ts';
import { queryText } from './read-request.ts';
import { camelKey } from './request-keys.ts';

/**
 * Older clients read only the first page, so what they list comes whole unless a page is asked for. What is longer than
 * this is refused and says how to ask for it: who never looks at `next` would take its beginning for the whole.
 */
const WHOLE_LIST = 10_000;
const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 1000;

/** A list that is never cut. */
export const WHOLE: Window = { limit: WHOLE_LIST, offset: 0, whole: true };

/** `skip`: rows of the page that were shown before, when it was too large to be sent at once. */
export type PageRequest = Window & Readonly<{ page: number; skip: number }>;

/**
 * `page` from 1 and `pageSize` (or `page_size`), at most 1000 (3.1), and the `skip` of our own links. Refuses what is
 * no such number.
 */
export function readPage(call: Pick<Call, 'query'>): PageRequest {
  return readPageOf(call, DEFAULT_PAGE_SIZE);
}

/** The same for a list that is whole when neither a page nor a size is asked for. */
export function readWholeOrPage(call: Pick<Call, 'query'>): PageRequest {
  const asksForAll = queryText(call, 'page') === undefined && queryText(call, 'pageSize') === undefined;
  return asksForAll ? { ...WHOLE, page: 1, skip: 0 } : readPageOf(call, MAX_PAGE_SIZE);
}

function readPageOf(call: Pick<Call, 'query'>, defaultSize: number): PageRequest {
  const page = queryText(call, 'page') ?? '1';
  const size = queryText(call, 'pageSize') ?? String(defaultSize);
  if (!/^[1-9]\d{0,8}$/.test(page)) throw invalidPage();
  if (!/^[1-9]\d{0,8}$/.test(size)) throw invalid('pageSize', 'A positive integer is required.');
  const pageSize = Math.min(Number(size), MAX_PAGE_SIZE);
  const skip = queryText(call, 'skip') ?? '0';
  if (!/^\d{1,9}$/.test(skip) || Number(skip) >= pageSize)
    throw invalid('skip', 'A valid integer is required.');
  return {
    page: Number(page),
    limit: pageSize - Number(skip),
    offset: (Number(page) - 1) * pageSize + Number(skip),
    skip: Number(skip),
  };
}

/**
 * `{count, next, previous, results}`; the links are absolute and keep every parameter. A page past the end is 404. One
 * that ends early, because its rows are large, goes on at its `next`.
 */
export function presentPage<Row, Shown>(
  config: Pick<Config, 'siteUrl'>,
  call: Pick<Call, 'url'>,
  request: PageRequest,
  { total, rows }: Page<Row>,
  present: (row: Row) => Shown,
): { count: number; next: string | null; previous: string | null; results: Shown[] } {
  if (request.page > 1 && request.offset >= total) throw invalidPage();
  const link = (page: number, skip = 0) => {
    const url = new URL(call.url, config.siteUrl);
    for (const name of [...url.searchParams.keys()])
      if (camelKey(name) === 'page' || name === 'skip') url.searchParams.delete(name);
    url.searchParams.set('page', String(page));
    if (skip > 0) url.searchParams.set('skip', String(skip));
    return `${config.siteUrl}${url.pathname}${url.search}`;
  };
  const end = request.offset + rows.length;
  const endsEarly = rows.length > 0 && rows.length < request.limit && end < total;
  const before = request.skip > 0 ? request.page : request.page - 1;
  return {
    count: total,
    next: endsEarly
      ? link(request.page, request.skip + rows.length)
      : request.offset + request.limit < total
        ? link(request.page + 1)
        : null,
    previous: before > 0 ? link(before) : null,
    results: rows.map(present),
  };
}

function invalidPage(): Refusal {
  return new Refusal('not-found', 'Invalid page.');
}
