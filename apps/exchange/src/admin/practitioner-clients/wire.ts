/** API keys as the Admin contract writes them (3.5): what comes in and what goes out. */
import type { Config } from '../../config.ts';
import { invalid, notFound, Refusal } from '../../domain/refusal.ts';
import type { Call } from '../../face.ts';
import type { ApiKeyRow } from '../../store/oauth-api-keys.ts';
import type { Page, Window } from '../../store/page.ts';

const MOST_PER_PAGE = 1000;
const LONGEST_LABEL = 200;

/** A key; its text only where it has just been made, later only how it begins. */
export function presentApiKey(
  { id, label, createdAt, name, keyPrefix }: ApiKeyRow,
  key: string | null = null,
) {
  return { id, label, created: createdAt.toISOString(), name, key, keyPrefix };
}

/** The label in a body, trimmed; undefined when none is there. Other keys of the body do not matter. */
export function readLabel(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== 'object' || Array.isArray(body)) throw new Refusal('invalid', 'An object is required.');
  const { label } = body as { label?: unknown };
  if (label === undefined || label === null) return undefined;
  if (typeof label !== 'string') throw invalid('label', 'Not a valid string.');
  if (label.trim().length > LONGEST_LABEL) {
    throw invalid('label', `Ensure this field has no more than ${LONGEST_LABEL} characters.`);
  }
  return label.trim();
}

/** The id in the path; a path that holds none names nothing. */
export function keyId({ params: { id = '' } }: Pick<Call, 'params'>): number {
  if (!/^\d{1,15}$/.test(id)) throw noSuchKey();
  return Number(id);
}

export const noSuchKey = (): Refusal => notFound('PractitionerClient');

/** `page` from 1, and `pageSize` or `page_size`; all keys at once when not asked otherwise (3.1). */
export function readWindow({ query }: Pick<Call, 'query'>): Window & { page: number } {
  const page = query.get('page') || '1';
  const size = query.get('pageSize') || query.get('page_size') || String(MOST_PER_PAGE);
  if (!/^[1-9]\d{0,8}$/.test(page)) throw noSuchPage();
  if (!/^[1-9]\d{0,8}$/.test(size)) throw invalid('pageSize', 'A positive integer is required.');
  const limit = Math.min(Number(size), MOST_PER_PAGE);
  return { page: Number(page), limit, offset: (Number(page) - 1) * limit };
}

/** `{count, next, previous, results}` with absolute links. A page past the end is not there. */
export function presentKeys(
  config: Pick<Config, 'siteUrl'>,
  { url }: Pick<Call, 'url'>,
  { page, limit, offset }: Window & { page: number },
  { total, rows }: Page<ApiKeyRow>,
) {
  if (page > 1 && offset >= total) throw noSuchPage();
  const link = (to: number) => {
    const target = new URL(url, config.siteUrl);
    target.searchParams.set('page', String(to));
    return `${config.siteUrl}${target.pathname}${target.search}`;
  };
  return {
    count: total,
    next: offset + limit < total ? link(page + 1) : null,
    previous: page > 1 ? link(page - 1) : null,
    results: rows.map((row) => presentApiKey(row)),
  };
}

const noSuchPage = () => new Refusal('not-found', 'Invalid page.');
